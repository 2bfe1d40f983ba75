import { timingSafeEqual } from "node:crypto";

/** Judges what a client presents; the time taken tells nothing about the token but its length, which is the same for every run. */
export interface RunToken {
  /** The value of a Proxy-Authorization header: Basic, any user, the token as password. */
  fitsHeader(header: string | undefined): boolean;
  /** The password of SOCKS5. */
  fits(password: Buffer): boolean;
}

/** The token of one run; an empty one fits nothing. */
export function runToken(token: string): RunToken {
  const expected = Buffer.from(token, "utf8");
  const fits = (password: Buffer): boolean =>
    token !== "" && password.length === expected.length && timingSafeEqual(password, expected);
  return {
    fits,
    fitsHeader(header) {
      const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? "")?.[1] ?? "";
      const pair = Buffer.from(encoded, "base64");
      return fits(pair.subarray(pair.indexOf(":") + 1));
    },
  };
}
