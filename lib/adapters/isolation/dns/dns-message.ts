/** One question of a DNS query (RFC 1035 §4.1). */
export interface DnsQuestion {
  readonly id: number;
  readonly opcode: number;
  readonly wantsRecursion: boolean;
  /** In lower case, without the dot at its end; "" is the root. */
  readonly name: string;
  readonly type: number;
  /** The question as it was asked: its letters' case comes back unchanged. */
  readonly bytes: Buffer;
}

export const recordTypes = { a: 1, aaaa: 28 } as const;
export const answerCodes = { fine: 0, noSuchName: 3, notImplemented: 4 } as const;

/** Reads a query of one question; undefined for answers and for what cannot be read. */
export function parseQuestion(message: Buffer): DnsQuestion | undefined {
  if (message.length < 17 || message.readUInt16BE(4) !== 1) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]; length !== 0; length = message[at]) {
    // A pointer has nothing to point to in a first question.
    if (length === undefined || length > 63 || at + 1 + length >= message.length) return undefined;
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    opcode: (flags >> 11) & 15,
    wantsRecursion: (flags & 0x0100) !== 0,
    name: labels.join(".").toLowerCase(),
    type: message.readUInt16BE(at + 1),
    bytes: message.subarray(12, at + 5),
  };
}

/** An answer with one record of the type that was asked for, or with none; nobody may remember it for longer than a second. */
export function formatAnswer(question: DnsQuestion, code: number, data?: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(question.id, 0);
  head.writeUInt16BE(0x8080 | (question.opcode << 11) | (question.wantsRecursion ? 0x0100 : 0) | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data === undefined ? 0 : 1, 6);
  return Buffer.concat([
    head,
    question.bytes,
    ...(data === undefined ? [] : [recordHead(question, data), data]),
  ]);
}

/** The bytes of an IPv4 address. */
export function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

// The name as a pointer to the question, its type, class IN, 1 s, the length.
function recordHead({ type }: DnsQuestion, { length }: Buffer): Buffer {
  return Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 1, 0, length]);
}
