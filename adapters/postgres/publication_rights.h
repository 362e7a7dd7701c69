#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"

namespace sluice::postgres {

/// What the user may do with publications in this database.
struct PublicationRights {
  std::string user;
  std::string database;
  bool superuser = false;            ///< Or what a managed service has in its place.
  bool may_create = false;           ///< CREATE on the database.
  bool owns_publication = false;     ///< The one that is there.
  std::vector<std::string> foreign;  ///< Quoted names of tables to be added that others own.
};

/// On a plain connection. `added`: the tables that the publication is to be given.
Result<PublicationRights> ReadPublicationRights(Connection& connection,
                                                const std::string& publication,
                                                std::span<const CatalogueTable* const> added);

/// What keeps the user from `statements`, those of PublicationStatements(), with the cure as whole
/// SQL for somebody who may; none: nothing does. Pure. `exists`: the publication is there.
[[nodiscard]] std::optional<Finding> JudgePublicationRights(
    const PublicationRights& rights, const PublicationSettings& settings, bool exists,
    std::span<const std::string> statements);

/// Both, of the statements that a start would run; none as well where there is nothing to run.
Result<std::optional<Finding>> CheckPublicationRights(
    Connection& connection, const PublicationSettings& settings,
    const std::optional<PublicationState>& state, std::span<const CatalogueTable* const> tables,
    std::span<const CatalogueTable* const> missing);

}  // namespace sluice::postgres
