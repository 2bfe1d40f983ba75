import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText } from "../../../../lib/domain/text/decode-text.ts";

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

test("any bytes are read or refused, and a refusal quotes none of them", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    const decoded = decodeText(bytes);
    if (decoded.kind === "text")
      expect(decoded.text).toBe(new TextDecoder().decode(bytes).replace(/^$/, decoded.text));
    else expect(decoded.what).toMatch(/^[ -~]*$/);
  });
  fc.assert(property, { seed: 15, numRuns: 500 });
});
