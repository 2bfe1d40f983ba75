import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { UsageError } from "../../errors.ts";

const mostBytes = 65_536;

/** Reads the certificates (PEM) of an authority: only them, and each one readable. Throws UsageError. */
export async function readAuthority(file: string): Promise<string> {
  const text = await readFile(file, "latin1").catch((error: NodeJS.ErrnoException) => {
    throw refusal(file, `cannot be read (${error.code ?? error.message})`);
  });
  if (text.length > mostBytes) throw refusal(file, "is longer than 64 KiB");
  // A key that was stored and shown with the certificates would be a secret no longer.
  if (text.includes("PRIVATE KEY-----"))
    throw refusal(file, "contains a private key; give only the certificates");
  const found =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
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

function refusal(file: string, why: string): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `The authority in ${file} ${why}.`, {
    hint: "Ask the vendor for the certificate of its authority (CA) as a PEM file.",
  });
}
