import { expect, test } from "vitest";
import { openFakeAddresses } from "../../../../lib/adapters/isolation/dns/fake-addresses.ts";
import { nameServer } from "../../../../lib/adapters/isolation/dns/name-server.ts";

function query(labels: readonly string[], type = 1, flags = 0x0100): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xabcd, 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  const name = labels.flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return Buffer.concat([head, Buffer.from([...name, 0, type >> 8, type & 255, 0, 1])]);
}

const addresses = openFakeAddresses();
const answer = nameServer({
  addresses,
  searchDomains: ["svc.cluster.local", "."],
  ownNames: ["Host-A"],
  knownNames: ["db"],
});
const codeOf = (reply: Buffer | undefined) => (reply?.[3] ?? 255) & 15;
const recordsOf = (reply: Buffer | undefined) => reply?.readUInt16BE(6);
const addressIn = (reply: Buffer | undefined) => [...(reply ?? Buffer.alloc(4)).subarray(-4)].join(".");

test("a name gets one stand-in address for a second, whatever its letters' case, and the case comes back", () => {
  const reply = answer(query(["Venue", "tEst"]));
  expect(reply?.subarray(12, 24)).toEqual(query(["Venue", "tEst"]).subarray(12, 24));
  expect(reply?.readUInt16BE(0)).toBe(0xabcd);
  expect(reply?.readUInt32BE((reply?.length ?? 0) - 10)).toBe(1);
  expect(addressIn(answer(query(["venue", "test"])))).toBe(addressIn(reply));
  expect(addresses.nameOf(addressIn(reply))).toBe("venue.test");
});

test.each([28, 65, 15, 16, 255])("type %i exists and is empty", (type) => {
  const reply = answer(query(["venue", "test"], type));
  expect([codeOf(reply), recordsOf(reply)]).toEqual([0, 0]);
});

test("names that a resolver completed, without a dot or with bytes that no host name has do not exist", () => {
  const others = [
    ["venue", "test", "svc", "cluster", "local"],
    ["venue"],
    ["a\r\nX: y", "test"],
    ["a b", "test"],
    [],
  ];
  expect(others.map((labels) => codeOf(answer(query(labels))))).toEqual([3, 3, 3, 3, 3]);
});

test("localhost and the host's own name are the bot's host, a name under local is answered", () => {
  expect(addressIn(answer(query(["localhost"])))).toBe("127.0.0.1");
  expect(addressIn(answer(query(["host-a"])))).toBe("127.0.0.1");
  expect(addresses.nameOf(addressIn(answer(query(["db"]))))).toBe("db");
});

test("what is no query is not answered, and no other operation is implemented", () => {
  expect(answer(query(["venue", "test"], 1, 0x8180))).toBeUndefined();
  expect(answer(Buffer.alloc(5))).toBeUndefined();
  expect(answer(query(["venue", "test"]).subarray(0, 20))).toBeUndefined();
  expect(answer(Buffer.concat([query([]).subarray(0, 12), Buffer.alloc(60, 0xff)]))).toBeUndefined();
  expect(codeOf(answer(query(["venue", "test"], 1, 0x2800)))).toBe(4);
});

test("when all addresses are given out, the name asked for least recently gives its own up", () => {
  const few = openFakeAddresses(2);
  const [a, b] = [few.addressOf("a.test"), few.addressOf("b.test")];
  expect([a, b]).toEqual(["198.18.1.0", "198.18.1.1"]);
  expect(few.addressOf("a.test")).toBe(a);
  expect(few.addressOf("c.test")).toBe(b);
  expect([few.nameOf(a), few.nameOf(b)]).toEqual(["a.test", "c.test"]);
  expect(few.nameOf("198.18.0.53")).toBeUndefined();
});
