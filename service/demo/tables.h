#pragma once

#include <string_view>

namespace sluice::demo {

/// The demo's tables, word for word as configs/demo.sql creates them (a test compares).
inline constexpr std::string_view kUsersTable = R"(create table if not exists users (
  id serial primary key,
  username text not null,
  email text not null,
  created_at timestamptz not null default now(),
  balance numeric(12, 2) not null default 0,
  bio text
))";

inline constexpr std::string_view kOrdersTable = R"(create table if not exists orders (
  id serial primary key,
  user_id integer not null,
  product text not null,
  quantity integer not null default 1,
  price numeric(12, 2) not null,
  status text not null default 'new',
  created_at timestamptz not null default now()
))";

}  // namespace sluice::demo
