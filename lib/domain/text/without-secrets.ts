const cover = "…";

// Names of members, parameters, headers and flags whose values let somebody in.
const secretName =
  "(?:key|token|secret|sign|signature|sig|passw(?:or)?d|passwd|pass|pwd|passphrase|auth|authorization|cookie|session)";
// A value in quotes goes to its quote, with what is in it; JSON within JSON puts backslashes before quotes.
const quotedValue = String.raw`\\{0,15}"[^"]{1,2048}|'[^']{1,2048}`;
const bareValue = String.raw`(?:(?:bearer|basic|token)\s)?[^\s"',;&}\])\\]+`;
const named = new RegExp(
  String.raw`(${secretName}\\{0,15}["']?\s{0,2}[:=]\s{0,2}\\{0,15}["']?)(?:(?<=")[^"]{1,2048}|(?<=')[^']{1,2048}|${bareValue})`,
  "gi",
);
const ofFlag = new RegExp(String.raw`(--[\w-]{0,40}${secretName} )(?:${quotedValue}|[^\s"'-]\S*)`, "gi");
const userOfUrl = /(:\/\/)[^\s/"']{1,512}@/g;
const queryOfUrl = /(\/[^\s?"'<>]{0,512}\?)[^\s"'<>)\]]+/g;
// Keys and signatures are long, and hold letters of both cases or digits among letters; words and times do not.
const long = /(?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{24,}/g;

/** A text that a program printed or said, on one line and without what looks like a key, a password or a signature. */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(userOfUrl, `$1${cover}@`)
    .replaceAll(queryOfUrl, `$1${cover}`)
    .replaceAll(named, `$1${cover}`)
    .replaceAll(ofFlag, `$1${cover}`)
    .replaceAll(long, cover);
}
