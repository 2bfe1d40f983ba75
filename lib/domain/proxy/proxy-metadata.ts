// What a vendor says of a proxy. Four facts have columns of their own (expected_ip, country, provider, expires_at); the
// rest is metadata: known keys are checked, unknown keys stay as they came, and what looks like a secret is left out.
import type { CountryCode } from "../account.ts";
import type { ExitIp } from "../ip.ts";
import type { Instant } from "../time.ts";
import type { ProxyMetadata } from "./proxy.ts";
import { type FactCheck, factChecks } from "./proxy-fact-checks.ts";

export interface ProxyFacts {
  readonly expectedIp: ExitIp | undefined;
  readonly country: CountryCode | undefined;
  readonly provider: string | undefined;
  readonly expiresAt: Instant | undefined;
  readonly metadata: ProxyMetadata;
}

export interface MetadataReading {
  readonly facts: ProxyFacts;
  /** Known keys whose value cannot be right; the values are not quoted. */
  readonly problems: readonly string[];
  /** What was left out, or kept under another name. */
  readonly warnings: readonly string[];
}

interface Fact {
  readonly key: string;
  readonly value?: unknown;
  readonly problem?: string;
  readonly warning?: string;
}

const columns = ["expected_ip", "country", "provider", "expires_at"];
const secretName = /pass|pwd|secret|token|credential|cookie|auth(?!or(?!i))|(?:api|private|access)[_-]?key/i;
/** A URL that opens something for whoever has it: with a login, with a query, or with a path that nobody could guess (a vendor's link to change the address). */
const urlThatOpens = /:\/\/(?:[^/\s]*@|[^\s?#]*[?#]\S|\S*\/[\w-]{16,}(?:\/|$))/;

/** Reads vendor facts by key; null, undefined and "" count as not given. */
export function readProxyMetadata(given: Readonly<Record<string, unknown>>): MetadataReading {
  const facts = Object.entries(given)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([key, value]) => readFact(key, value));
  const read = facts
    .filter(({ value }) => value !== undefined)
    .map(({ key, value }) => [key, value] as const);
  const values = new Map(read);
  return {
    facts: {
      expectedIp: values.get("expected_ip") as ExitIp | undefined,
      country: values.get("country") as CountryCode | undefined,
      provider: values.get("provider") as string | undefined,
      expiresAt: values.get("expires_at") as Instant | undefined,
      metadata: Object.fromEntries(read.filter(([key]) => !columns.includes(key))),
    },
    problems: facts.flatMap(({ problem }) => problem ?? []),
    warnings: facts.flatMap(({ warning }) => warning ?? []),
  };
}

function readFact(key: string, value: unknown): Fact {
  if (holdsSecret(key, value)) return { key, warning: `"${key}" looks like a secret and is not stored` };
  const check: FactCheck | undefined = factChecks.get(key);
  if (check === undefined) return { key, value };
  const read = check.read(value);
  if (read !== undefined) return { key, value: read };
  // A country's full name is common in lists and harmless: nothing is decided by it.
  if (key === "country" && typeof value === "string")
    return {
      key: "country_name",
      value,
      warning: '"country" is no two-letter code and is kept as "country_name"',
    };
  return { key, problem: `"${key}" must be ${check.expected}` };
}

function holdsSecret(key: string, value: unknown): boolean {
  if (secretName.test(key)) return true;
  if (typeof value === "string") return urlThatOpens.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([inner, deeper]) => holdsSecret(inner, deeper));
}
