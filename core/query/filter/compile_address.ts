import { IPV4_PREFIX_WORD, isIpv4 } from "../../flow/address.ts";
import { PRESENCE_WORDS } from "../../flow/schema.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import { addressColumns } from "./filter_fields.ts";
import type { AddressFieldName, AddressNode, FamilyNode } from "./filter_node.ts";
import { type NetworkWords, networkWords } from "../../flow/network.ts";

/** Compiles a host or a net. */
export function compileAddress(node: AddressNode, columns: FilterColumns): RowTest {
  const net = networkWords(node);
  const tests = addressColumns(node.field).map((name) =>
    net.ipv4 ? testIpv4(name, columns, net) : testIpv6(name, columns, net)
  );
  if (node.op === "!=") return differs(node.field, columns, tests);
  return either(tests);
}

/** Compiles a test for an IP version of the source or destination. */
export function compileFamily({ version }: FamilyNode, columns: FilterColumns): RowTest {
  return either(
    addressColumns("addr").map((name) => {
      const { presence } = columns;
      const { word, mask } = presencePlace(name);
      const words = needColumn(columns, name);
      const ipv4 = version === 4;
      return (slot) =>
        (presence[slot * PRESENCE_WORDS + word] & mask) !== 0 && isIpv4(words, slot * 4) === ipv4;
    }),
  );
}

type OneAddress = Exclude<AddressFieldName, "addr">;

function testIpv4(name: OneAddress, columns: FilterColumns, net: NetworkWords): RowTest {
  const { presence } = columns;
  const { word, mask } = presencePlace(name);
  const words = needColumn(columns, name);
  const netMask = net.mask[3] | 0;
  // Signed, because that is what & gives.
  const value = net.value[3] | 0;
  // The fourth word tells nearly all rows apart; the others only say that the address is IPv4.
  return (slot) =>
    (words[slot * 4 + 3] & netMask) === value &&
    words[slot * 4 + 2] === IPV4_PREFIX_WORD &&
    words[slot * 4 + 1] === 0 &&
    words[slot * 4] === 0 &&
    (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
}

function testIpv6(name: OneAddress, columns: FilterColumns, net: NetworkWords): RowTest {
  const { presence } = columns;
  const { word, mask } = presencePlace(name);
  const words = needColumn(columns, name);
  const [mask0, mask1, mask2, mask3] = Int32Array.from(net.mask);
  const [value0, value1, value2, value3] = Int32Array.from(net.value);
  return (slot) =>
    (words[slot * 4] & mask0) === value0 &&
    (words[slot * 4 + 1] & mask1) === value1 &&
    (words[slot * 4 + 2] & mask2) === value2 &&
    (words[slot * 4 + 3] & mask3) === value3 &&
    // ::/0 and its like reach over ::ffff:0:0/96, but IPv4 addresses are in no IPv6 net.
    !isIpv4(words, slot * 4) &&
    (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
}

function either(tests: readonly RowTest[]): RowTest {
  const [left, right] = tests;
  return right ? (slot) => left(slot) || right(slot) : left;
}

/** The field is known, and not in the net. */
function differs(
  field: AddressFieldName,
  columns: FilterColumns,
  tests: readonly RowTest[],
): RowTest {
  const { presence } = columns;
  return either(
    addressColumns(field).map((name, side) => {
      const { word, mask } = presencePlace(name);
      const inside = tests[side];
      return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0 && !inside(slot);
    }),
  );
}
