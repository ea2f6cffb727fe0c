import { QueryError } from "./query_error.ts";

/**
 * What asking for the names of autonomous systems comes to where no database is configured.
 *
 * @param argument that asks
 */
export function noSystems(argument: string): QueryError {
  return new QueryError(
    `${argument}: no database of autonomous systems is configured; set geo.asn_mmdb ` +
      "(FLOW_GEO_ASN_MMDB) to an MMDB file and start flow-agent anew, or ask by number",
  );
}

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
