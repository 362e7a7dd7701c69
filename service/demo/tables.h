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

/// The same of configs/packages.sql.
inline constexpr std::string_view kPackageStatusTable =
    R"(create table if not exists package_status (
  id bigint generated always as identity primary key,
  package_id bigint not null,
  customer text not null,
  status text not null,
  actual_address text not null,
  next_address text,
  moved_at timestamptz not null default now()
))";

inline constexpr std::string_view kPackageNumbers =
    R"(create sequence if not exists package_numbers)";

/// So that deleted and changed rows tell their package too, which is the key of their records.
inline constexpr std::string_view kPackageStatusIdentity =
    R"(alter table package_status replica identity full)";

}  // namespace sluice::demo
