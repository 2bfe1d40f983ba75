/** What one DNS question asks for (RFC 1035 §4.1). */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
}

const [typeA, typeAaaa] = [1, 28];
const ttlSeconds = 1;

/** Reads the first question of a query; undefined for anything else. */
export function readQuestion(message: Buffer): DnsQuestion | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length !== 0; length = message[at] ?? 0) {
    if (length > 63 || at + length + 1 >= message.length) return undefined;
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  if (message.length < at + 5) return undefined;
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1) };
}

/** Answers a query with the address of the type that was asked for, or with no record for any other type. */
export function answerQuestion(
  query: Buffer,
  { name, type }: DnsQuestion,
  addresses: { readonly ipv4: string; readonly ipv6: Buffer },
): Buffer {
  const end = 12 + Buffer.byteLength(name) + 2 + 4;
  const head = Buffer.from(query.subarray(0, end));
  const data = recordData(type, addresses);
  // A response without error, recursion available.
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data === undefined ? 0 : 1, 6);
  head.writeUInt32BE(0, 8);
  if (data === undefined) return head;
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttlSeconds, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, record, data]);
}

function recordData(
  type: number,
  { ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: Buffer },
): Buffer | undefined {
  if (type === typeA) return Buffer.from(ipv4.split(".").map(Number));
  return type === typeAaaa ? ipv6 : undefined;
}
