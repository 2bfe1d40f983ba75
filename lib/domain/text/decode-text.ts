import { unseenProblem } from "./unseen.ts";

/** What bytes are as text; a refusal ends the sentence "this file …" and says what to do. */
export type DecodedText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "refused"; readonly what: string };

// What is no text at all, by its first bytes.
const otherFiles: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "is a zip file, as Excel workbooks are; save the sheet as CSV"],
  [[0xd0, 0xcf, 0x11, 0xe0], "is an old Office file; save the sheet as CSV"],
  [[0x50, 0x4b, 0x05, 0x06], "is a zip file with nothing in it"],
  [[0x1f, 0x8b], "is compressed with gzip; unpack it first"],
  [[0x42, 0x5a, 0x68], "is compressed with bzip2; unpack it first"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "is compressed with xz; unpack it first"],
  [[0x28, 0xb5, 0x2f, 0xfd], "is compressed with zstd; unpack it first"],
  [[0x37, 0x7a, 0xbc, 0xaf], "is a 7z archive; unpack it first"],
  [[0x52, 0x61, 0x72, 0x21], "is a RAR archive; unpack it first"],
  [[0x89, 0x50, 0x4e, 0x47], "is a picture; save the list as text"],
  [[0xff, 0xd8, 0xff], "is a picture; save the list as text"],
  // "-----BEGIN PGP", "-----BEGIN AGE"; Base64 lines follow.
  [
    [0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x42, 0x45, 0x47],
    "is encrypted or a key (it begins with -----BEGIN); decrypt it first",
  ],
  [[0x2b, 0x2f, 0x76, 0x38], "is UTF-7; save it as UTF-8"],
  [[0x2b, 0x2f, 0x76, 0x39], "is UTF-7; save it as UTF-8"],
  [[0x25, 0x50, 0x44, 0x46], "is a PDF; save the list as text"],
  [[0x7b, 0x5c, 0x72, 0x74, 0x66], "is rich text; save it as plain text"],
  [[0xff, 0xfe, 0x00, 0x00], "is UTF-32; save it as UTF-8"],
  [[0x00, 0x00, 0xfe, 0xff], "is UTF-32; save it as UTF-8"],
];

/** Reads UTF-8, or UTF-16 by its byte order mark; anything else is refused by name, never guessed and never read in part. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const other = otherFiles.find(([head]) => beginsWith(bytes, head));
  if (other !== undefined) return { kind: "refused", what: other[1] };
  if (beginsWith(bytes, [0xff, 0xfe])) return decodeUtf16("utf-16le", bytes);
  if (beginsWith(bytes, [0xfe, 0xff])) return decodeUtf16("utf-16be", bytes);
  const nulls = nullsOf(bytes);
  if (nulls !== undefined) return { kind: "refused", what: nulls };
  const text = decode("utf-8", bytes);
  if (text !== undefined) return { kind: "text", text };
  return {
    kind: "refused",
    what: `is not UTF-8: line ${firstBadLine(bytes)} holds bytes of another encoding; save it as UTF-8`,
  };
}

/** Reads a secret of one line, without the spaces and line breaks around it; what cannot be seen in it would be sent with it. */
export function decodeLine(bytes: Uint8Array): DecodedText {
  const decoded = decodeText(bytes);
  if (decoded.kind === "refused") return decoded;
  const text = decoded.text.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  const what =
    text === "" ? "is empty" : /[\r\n]/.test(text) ? "has more than one line" : unseenProblem(text);
  return what === undefined ? { kind: "text", text } : { kind: "refused", what };
}

function decodeUtf16(encoding: "utf-16le" | "utf-16be", bytes: Uint8Array): DecodedText {
  const text = decode(encoding, bytes);
  if (text !== undefined) return { kind: "text", text };
  return { kind: "refused", what: "is UTF-16 and damaged or cut short; save it as UTF-8" };
}

// The mark itself is taken off; another one behind it is left to be found.
function decode(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function beginsWith(bytes: Uint8Array, head: readonly number[]): boolean {
  return head.every((byte, index) => bytes[index] === byte);
}

// In UTF-16 every second byte of a plain text is null. A program may have added such a text to one of another encoding.
function nullsOf(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder("latin1").decode(bytes);
  const alternating = /(?:[^\0]\0){3}|(?:\0[^\0]){3}/.exec(head);
  if (alternating === null)
    return /\0{3}/.test(head) ? "holds many null bytes: it is damaged, or it is no text" : undefined;
  if (alternating.index < 2) return "seems to be UTF-16 without its byte order mark; save it as UTF-8";
  const line = head.slice(0, alternating.index).split("\n").length;
  return `holds UTF-16 from line ${line} on, and another encoding before it; save all of it as UTF-8`;
}

function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const next = end < 0 ? bytes.length : end + 1;
    if (decode("utf-8", bytes.subarray(start, next)) === undefined) return line;
    start = next;
  }
  return line;
}
