import { createHash } from "node:crypto";

/**
 * The name as engines take it: lower case, digits and dashes, at most `max` characters. A name that is not so already, or looks as
 * if it had been changed, gets a checksum behind it, so that two names never become one whatever other names there are.
 */
export function labelOf(name: string, max: number): string {
  if (name.length <= max && plain.test(name) && !changed.test(name)) return name;
  const checksum = createHash("sha256").update(name).digest("hex").slice(0, checksumLength);
  const kept = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, max - checksumLength - 1)
    .replaceAll(/^-+|-+$/g, "");
  return kept === "" ? `x-${checksum}` : `${kept}-${checksum}`;
}

const checksumLength = 10;
const plain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const changed = /-[0-9a-f]{10}$/;
