import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readAuthority } from "../../../lib/cli/parse/authority-file.ts";
import { makeLabCertificates } from "../../lab/certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "authority-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string | Buffer): string => {
  const path = join(folder, "ca.pem");
  writeFileSync(path, text);
  return path;
};

test("an authority's certificates are read from PEM with words around them, and nothing else is stored", async () => {
  const { ca } = await makeLabCertificates();
  const read = await readAuthority(file(`subject=CN = lab\n${ca.replaceAll("\n", "\r\n")}\n# end\n`));
  expect(read.replaceAll(/\s/g, "")).toBe(ca.replaceAll(/\s/g, ""));
  expect((await readAuthority(file(ca + ca))).match(/BEGIN/g)).toHaveLength(2);
});

test("an authority's file that Windows wrote is read by its mark", async () => {
  const { ca } = await makeLabCertificates();
  const read = await readAuthority(file(Buffer.from(`\uFEFF${ca}`, "utf16le")));
  expect(read.replaceAll(/\s/g, "")).toBe(ca.replaceAll(/\s/g, ""));
});

test("a file that is none is refused by what is wrong with it", async () => {
  const { ca } = await makeLabCertificates();
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  await expect(readAuthority(join(folder, "none"))).rejects.toThrow("cannot be read (ENOENT)");
  await expect(readAuthority(file(""))).rejects.toThrow("contains no certificate in PEM form");
  await expect(readAuthority(file(ca + key))).rejects.toThrow("contains a private key");
  const der = Buffer.from(ca.replaceAll(/-----.*-----|\s/g, ""), "base64");
  await expect(readAuthority(file(der))).rejects.toThrow("is in DER form, not in PEM form");
  await expect(readAuthority(file("x".repeat(70_000)))).rejects.toThrow("longer than 64 KiB");
  await expect(readAuthority(file(ca.replace(/[A-Za-z]{8}/g, "AAAAAAAA")))).rejects.toThrow();
});
