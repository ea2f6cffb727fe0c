/**
 * Names of differentiated services code points: default forwarding and class selectors (RFC 2474),
 * assured (RFC 2597) and expedited forwarding (RFC 3246), voice admit (RFC 5865), lower effort (RFC
 * 8622), in lower case.
 */
export const DSCP_NAMES: ReadonlyMap<string, number> = new Map([
  ["df", 0],
  ["be", 0],
  ["le", 1],
  ["va", 44],
  ["ef", 46],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((level) => [`cs${level}`, 8 * level] as const),
  ...[1, 2, 3, 4].flatMap((level) =>
    [1, 2, 3].map((drop) => [`af${level}${drop}`, 8 * level + 2 * drop] as const)
  ),
]);
