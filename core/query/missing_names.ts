import { QueryError } from "./query_error.ts";

/**
 * What asking for countries comes to where no database is configured.
 *
 * @param argument that asks: `filter`, `group_by`, `metrics`
 */
export function noCountries(argument: string): QueryError {
  return new QueryError(
    `${argument}: no database of countries is configured; set geo.country_mmdb ` +
      "(FLOW_GEO_COUNTRY_MMDB) to an MMDB file and start flow-agent anew",
  );
}
