import { timingSafeEqual } from "node:crypto";

export type RunToken = ReturnType<typeof runToken>;

/**
 * Judges what a client presents; an empty token fits nothing. The time taken tells nothing about the token but its length, which is the
 * same for every run.
 */
export function runToken(token: string) {
  const expected = Buffer.from(token, "utf8");
  const fits = (password: Buffer): boolean =>
    token !== "" && password.length === expected.length && timingSafeEqual(password, expected);
  return {
    /** The password of SOCKS5. */
    fits,
    /** The value of a Proxy-Authorization header: Basic, any user, the token as password. */
    fitsHeader(header: string | undefined): boolean {
      const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? "")?.[1] ?? "";
      const pair = Buffer.from(encoded, "base64");
      return fits(pair.subarray(pair.indexOf(":") + 1));
    },
  };
}
