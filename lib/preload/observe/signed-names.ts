// Whether a request carries a key or a signature is told by the names of its headers and parameters; values are never looked at.
const wholeNames = new Set(["authorization", "key", "sign", "access-token", "accesskeyid", "sig"]);
const partsOfNames = [
  "apikey",
  "api-key",
  "api_key",
  "api-sign",
  "access-key",
  "access-sign",
  "access_token",
  "privatekey",
  "signature",
  "-sign",
];

const known = new Map<string, boolean>();
/** Programs use a few dozen names; one that makes up new ones must not fill the memory. */
const mostKnown = 1_000;

/** Whether a header or parameter of this name is one that venues read a key or a signature from. */
export function isSigningName(name: string): boolean {
  const remembered = known.get(name);
  if (remembered !== undefined) return remembered;
  const lower = name.toLowerCase();
  const isSigning = wholeNames.has(lower) || partsOfNames.some((part) => lower.includes(part));
  if (known.size < mostKnown) known.set(name, isSigning);
  return isSigning;
}

/** Whether a parameter behind the `?` of a path signs the request. */
export function hasSigningParameter(path: string): boolean {
  const from = path.indexOf("?");
  if (from === -1) return false;
  return path
    .slice(from + 1)
    .split("&")
    .some((pair) => isSigningName(pair.split("=", 1)[0] ?? ""));
}
