const cover = "…";

// Names of members, parameters and headers whose values let somebody in.
const named =
  /((?:key|token|secret|sign|signature|sig|passw(?:or)?d|passphrase|auth|authorization|cookie|session)["']?\s{0,2}[:=]\s{0,2}(?:(?:bearer|basic|token)\s)?["']?)[^\s"',;&}\])]+/gi;
const userOfUrl = /(:\/\/)[^\s/@"']{1,512}@/g;
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
    .replaceAll(long, cover);
}
