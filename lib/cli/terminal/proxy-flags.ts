import type { Secret } from "../../domain/secret.ts";
import { UsageError } from "../../errors.ts";
import type { TypedFacts } from "../../operations/proxies/read-proxy-request.ts";
import type { Flag } from "../parse/flag.ts";
import type { Io } from "./io.ts";
import { readSecret } from "./secret-input.ts";

const credentialFlags = {
  "proxy-user": { kind: "text", value: "user", help: "The user at the proxy." },
  "proxy-pass": {
    kind: "text",
    value: "secret",
    help: "The password; every user of this host can read it here.",
  },
  "proxy-pass-stdin": { kind: "toggle", help: "Read the password from stdin." },
  "proxy-pass-file": { kind: "text", value: "file", help: "Read the password from a file." },
} as const satisfies Record<string, Flag>;

/** Who vouches for a TLS proxy whose vendor has an authority of its own. */
export const caFlag = {
  ca: {
    kind: "text",
    value: "file",
    help: "Certificates (PEM) of the vendor's own authority, for an https:// proxy.",
  },
} as const satisfies Record<string, Flag>;

const factFlags = {
  "proxy-country": { kind: "text", value: "code", help: "The exit's country, two letters." },
  "proxy-provider": { kind: "text", value: "name", help: "The vendor." },
  "proxy-expected-ip": { kind: "text", value: "address", help: "The exit IP it must show." },
  "proxy-expires": { kind: "text", value: "date", help: "When the rent ends (RFC 3339 or a date)." },
  "proxy-metadata": { kind: "text", value: "json", help: "Further facts, a JSON object." },
} as const satisfies Record<string, Flag>;

/** What is told of a proxy beside its endpoint: the credential, and facts. */
export const proxyFlags = { ...credentialFlags, ...factFlags } as const;

type Given<Flags extends Readonly<Record<string, Flag>>> = {
  readonly [Name in keyof Flags]: Flags[Name] extends { kind: "toggle" } ? boolean : string | undefined;
};

/** Reads the password from where it was given, or asks. */
export function secretOf(flags: Given<typeof credentialFlags>, label: string, io: Io): Promise<Secret> {
  const sources = {
    what: `Password of ${label}`,
    typed: { flag: "--proxy-pass", value: flags["proxy-pass"] },
    file: { flag: "--proxy-pass-file", value: flags["proxy-pass-file"] },
    stdin: { flag: "--proxy-pass-stdin", value: flags["proxy-pass-stdin"] },
  };
  return readSecret(sources, io);
}

/** Throws UsageError for a password that belongs to no user. */
export function refuseLoneSecret(flags: Given<typeof credentialFlags>): void {
  const { "proxy-pass": typed, "proxy-pass-file": file, "proxy-pass-stdin": isOnStdin } = flags;
  if (flags["proxy-user"] === undefined && (typed !== undefined || file !== undefined || isOnStdin))
    throw new UsageError("LAUNCH_USAGE", "A password was given without --proxy-user.");
}

/** The facts as they were typed. */
export function factsOf(flags: Given<typeof factFlags>): TypedFacts {
  return {
    country: flags["proxy-country"],
    provider: flags["proxy-provider"],
    expectedIp: flags["proxy-expected-ip"],
    expiresAt: flags["proxy-expires"],
    metadata: flags["proxy-metadata"],
  };
}
