import { generate } from "selfsigned";

/** A throw-away authority and one server certificate, all PEM; give `ca` to clients by NODE_EXTRA_CA_CERTS. */
export interface LabCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

// No client accepts a wildcard directly under a top level, so `*.test` would not do.
const usualNames = ["venue.test", "*.venue.test", "witness.test", "*.witness.test", "localhost"];

// A host of the lab may be told the wrong time of day, and trades on.
const dayMs = 86_400_000;

/** Makes certificates, valid since yesterday, for venue.test, witness.test, names one level below them, the given names, localhost and the loopback addresses. */
export async function makeLabCertificates(names: readonly string[] = []): Promise<LabCertificates> {
  const notBeforeDate = new Date(Date.now() - dayMs);
  const common = { keyType: "ec", algorithm: "sha256", notBeforeDate } as const;
  const authority = await generate([{ name: "commonName", value: "Slipway lab" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: "commonName", value: "lab.test" }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...[...usualNames, ...names].map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: leaf.cert, key: leaf.private };
}
