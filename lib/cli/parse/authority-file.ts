import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { decodeText } from "../../domain/text/decode-text.ts";
import { UsageError } from "../../errors.ts";

const mostBytes = 65_536;

/** Reads the certificates (PEM) of an authority: only them, and each one readable. Throws UsageError. */
export async function readAuthority(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw refusal(file, `cannot be read (${error.code ?? error.message})`);
  });
  if (bytes.length > mostBytes) throw refusal(file, "is longer than 64 KiB");
  const decoded = decodeText(bytes);
  // Words around the certificates may be in any encoding.
  const text = decoded.kind === "text" ? decoded.text : bytes.toString("latin1");
  // A key that was stored and shown with the certificates would be a secret no longer.
  if (text.includes("PRIVATE KEY-----"))
    throw refusal(file, "contains a private key; give only the certificates");
  const found =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (found.length === 0 && isDer(bytes))
    throw refusal(
      file,
      "is in DER form, not in PEM form",
      `Convert it: openssl x509 -inform der -in ${file} -out ca.pem`,
    );
  if (found.length === 0)
    throw refusal(file, "contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  return `${found.map((pem, index) => normalised(file, pem, index + 1)).join("")}`;
}

function normalised(file: string, pem: string, number: number): string {
  try {
    return new X509Certificate(pem).toString();
  } catch {
    throw refusal(file, `contains a certificate that cannot be read (number ${number})`);
  }
}

function isDer(bytes: Buffer): boolean {
  try {
    return bytes[0] === 0x30 && new X509Certificate(bytes).ca !== undefined;
  } catch {
    return false;
  }
}

function refusal(
  file: string,
  why: string,
  hint = "Ask the vendor for the certificate of its authority (CA) as a PEM file.",
): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `The authority in ${file} ${why}.`, { hint });
}
