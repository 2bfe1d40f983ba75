import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { labAddresses } from "./lab-addresses.ts";
import { runTool } from "./namespace-holder.ts";

/** What lies in the lab's folder once its certificate is made; clients trust the authority. */
export const certificateFiles = {
  authority: "ca.pem",
  authorityKey: "ca.key",
  certificate: "cert.pem",
  key: "key.pem",
  request: "request.pem",
} as const;

/** Makes a throw-away authority and a certificate of the lab's names in the folder, and gives back the file to trust; undefined where `openssl` is missing. */
export async function makeLabCertificate(folder: string): Promise<string | undefined> {
  const place = (name: keyof typeof certificateFiles): string => join(folder, certificateFiles[name]);
  const { targetName, target, targetIpv6 } = labAddresses;
  const names = [`DNS:${targetName}`, `DNS:*.${targetName}`];
  const addresses = [target, targetIpv6, "127.0.0.1", "::1"].map((address) => `IP:${address}`);
  const extensions = join(folder, "names.cnf");
  writeFileSync(extensions, `subjectAltName=${[...names, ...addresses].join(",")}\n`);
  const authority = ["-x509", "-days", "2", "-subj", "/CN=slipway-lab"];
  try {
    await runTool([...newKey, ...authority, "-keyout", place("authorityKey"), "-out", place("authority")]);
    await runTool([...newKey, "-subj", "/CN=target", "-keyout", place("key"), "-out", place("request")]);
    writeFileSync(place("certificate"), await runTool(signWords(folder, { extensions, serial: 1 })));
    return place("authority");
  } catch {
    return undefined;
  }
}

/** The words that sign the request of the folder's key for the names in a file, and print the certificate. */
export function signWords(
  folder: string,
  { extensions, serial }: { readonly extensions: string; readonly serial: number },
): readonly string[] {
  const place = (name: keyof typeof certificateFiles): string => join(folder, certificateFiles[name]);
  const by = ["-CA", place("authority"), "-CAkey", place("authorityKey"), "-set_serial", String(serial)];
  return ["openssl", "x509", "-req", "-days", "2", "-in", place("request"), ...by, "-extfile", extensions];
}

const newKey = "openssl req -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1".split(" ");
