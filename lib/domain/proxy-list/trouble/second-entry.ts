// What would be the last field of an entry may hold the next entries: lists come joined by commas, or with their line breaks
// lost. Read as one proxy, it would send their credentials to another vendor's gateway.

const dottedHost = String.raw`[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+`;
const address = String.raw`(?:${dottedHost}|\[[0-9A-Fa-f:.]+\])`;
const scheme = /(?:https?|socks[45]?[ah]?):\/\//gi;
const addressWithPort = new RegExp(`${address}:[0-9]{2,5}`);
const separatedAddress = new RegExp(`[,;|\\s](?:[^,;|\\s]*@)?${address}:[1-9][0-9]{0,4}(?![0-9])`);
const wholeEntry = new RegExp(`${address}:[0-9]{2,5}:[^:]+:.`);
// Hosts without a dot are rare, and so are passwords that read like these.
const shortEntry = /(?:[A-Za-z0-9_-]+:[0-9]{2,5}:[^:@]+:|@[A-Za-z0-9_-]+:[0-9]{2,5}[^\w:@.-][^:@]*:)./;
const entryLike = /(?:^|[@/:])(?:\[[^\]]+\]|[A-Za-z0-9][A-Za-z0-9._-]*):[0-9]{1,5}(?=$|[:@/])/;

/** Whether the only scheme of a line stands behind something that is no entry: `de1=http://…`, `"http://…`. */
export function schemeInside(line: string): boolean {
  const [found, second] = line.matchAll(scheme);
  const before = found === undefined ? "" : line.slice(0, found.index);
  return before !== "" && second === undefined && !/:[0-9]{1,5}(?:[^0-9]|$)|:\/\/|<$/.test(before);
}

/** Whether a line holds more than one entry, joined by commas, semicolons, bars or spaces, or by a lost line break. */
export function holdsSeveralEntries(line: string): boolean {
  const schemes = [...line.matchAll(scheme)].length;
  if (schemes > 1 || (schemes === 1 && !/^[a-z0-9]+:\/\//i.test(line))) return true;
  return line.split(/[,;|\s]+/).filter((piece) => entryLike.test(piece)).length > 1;
}

/** Whether the user or password of a line holds an address with its port, or a whole entry; one that really does goes where its ends are marked. */
export function holdsAddress(field: string): boolean {
  return addressWithPort.test(field) || shortEntry.test(field);
}

/** Whether a vendor's fact is or holds a whole entry, which would be stored in the clear; that it names a URL is usual. */
export function isEntryOutOfPlace(fact: unknown): boolean {
  return typeof fact === "string" && wholeEntry.test(fact);
}

/** Whether a value whose ends are marked (a flag, a cell, a text of JSON) is or holds a whole entry. */
export function holdsEntry(value: string): boolean {
  return value.search(scheme) >= 0 || separatedAddress.test(value) || wholeEntry.test(value);
}
