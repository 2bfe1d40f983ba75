import { createHash, timingSafeEqual } from "node:crypto";

/** Judges what a client presents; the time taken tells nothing about the token. */
export interface RunToken {
  /** The value of a Proxy-Authorization header: Basic, any user, the token as password. */
  fitsHeader(header: string | undefined): boolean;
  /** The password of SOCKS5. */
  fits(password: Buffer): boolean;
}

/** The token of one run; an empty one fits nothing. */
export function runToken(token: string): RunToken {
  const expected = digest(Buffer.from(token, "utf8"));
  const fits = (password: Buffer): boolean => timingSafeEqual(digest(password), expected) && token !== "";
  return {
    fits,
    fitsHeader(header) {
      const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? "")?.[1] ?? "";
      const pair = Buffer.from(encoded, "base64");
      return fits(pair.subarray(pair.indexOf(":") + 1));
    },
  };
}

// Equal lengths for the comparison, whatever the client sends.
function digest(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
