import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLine, decodeText } from "../../../../lib/domain/text/decode-text.ts";

const list = "gw.example:8001:user:pass\r\ngw.example:8002:user:p\u00E4ss\r\n";
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

test("UTF-8 with and without its mark, and UTF-16 by its mark, are the same text", () => {
  const utf16 = Buffer.from(`\uFEFF${list}`, "utf16le");
  for (const bytes of [Buffer.from(list), Buffer.from(`\uFEFF${list}`), utf16, swapped(utf16)])
    expect(decodeText(bytes)).toEqual({ kind: "text", text: list });
  expect(decodeText(new Uint8Array())).toEqual({ kind: "text", text: "" });
});

describe("what is no such text is refused by name", () => {
  test.each<[string, Buffer, string]>([
    ["UTF-16 without its mark", Buffer.from(list, "utf16le"), "UTF-16 without its byte order mark"],
    ["UTF-16 big endian without its mark", swapped(Buffer.from(list, "utf16le")), "UTF-16 without"],
    [
      "UTF-16 cut in a character",
      Buffer.from(`\uFEFF${list}`, "utf16le").subarray(0, -1),
      "damaged or cut short",
    ],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x67, 0, 0, 0]), "UTF-32"],
    ["Latin-1", Buffer.from(list, "latin1"), "line 2 holds bytes of another encoding"],
    ["a workbook", Buffer.from("PK\u0003\u0004rest"), "Excel workbooks"],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0]), "gzip"],
    ["a PDF", Buffer.from("%PDF-1.7"), "PDF"],
    ["rich text", Buffer.from("{\\rtf1 x}"), "rich text"],
  ])("%s", (_name, bytes, words) => {
    expect(decodeText(bytes)).toEqual({ kind: "refused", what: expect.stringContaining(words) });
  });
});

test("a secret of one line is read from what editors and shells write, and refused by what is wrong with it", () => {
  const utf16 = Buffer.from("\uFEFFhunter2\r\n", "utf16le");
  for (const bytes of [Buffer.from("hunter2"), Buffer.from("\uFEFF hunter2\t\r\n\n"), utf16])
    expect(decodeLine(bytes)).toEqual({ kind: "text", text: "hunter2" });
  const refused = (text: string, words: string) =>
    expect(decodeLine(Buffer.from(text))).toEqual({ kind: "refused", what: expect.stringContaining(words) });
  refused(" \n", "is empty");
  refused("hunter2\nhunter3\n", "has more than one line");
  refused("hunter2\u00A0\n", "holds U+00A0 (no-break space) as character 8");
  refused("hun\u200Bter2", "holds U+200B (zero width space) as character 4");
  expect(decodeLine(Buffer.from("hunter2", "utf16le"))).toMatchObject({ kind: "refused" });
});

test("any bytes are read or refused, and a refusal quotes none of them", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    const decoded = decodeText(bytes);
    const mark = Buffer.from(bytes.subarray(0, 2)).toString("hex");
    const encoding = mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8";
    if (decoded.kind === "text") expect(decoded.text).toBe(new TextDecoder(encoding).decode(bytes));
    else expect(decoded.what).toMatch(/^[ -~]*$/);
  });
  fc.assert(property, { seed: 15, numRuns: 500 });
});

test.each([
  [Buffer.from("+/v8-a.example:80"), "is UTF-7"],
  [Buffer.from("377abcaf271c0004", "hex"), "is a 7z archive"],
  [Buffer.from("fd377a585a00", "hex"), "is compressed with xz"],
  [Buffer.from("-----BEGIN PGP MESSAGE-----\n"), "decrypt it first"],
  [
    Buffer.concat([Buffer.from("a.example:80\nb"), Buffer.from("c.example:80", "utf16le")]),
    "holds UTF-16 from line 2",
  ],
  [Buffer.concat([Buffer.from("a.example:80\n"), Buffer.alloc(99)]), "holds many null bytes"],
])("%j is refused by name", (bytes, words) => {
  expect(decodeText(bytes)).toMatchObject({ kind: "refused", what: expect.stringContaining(words) });
});
