import { isIP, type LookupFunction } from "node:net";

/**
 * The names a lab proxy can resolve, each to one loopback address; ports are kept as the client wrote them.
 * Nothing else resolves, and nothing outside the lab's proxies knows these names, so only proxied traffic arrives.
 */
export type LabNames = Readonly<Record<string, string>>;

/** A lookup that answers from the table alone, in both forms that Node asks for. */
export function lookupIn(names: LabNames): LookupFunction {
  return (hostname, options, callback) => {
    const address = names[hostname.toLowerCase()];
    if (address === undefined) {
      const error: NodeJS.ErrnoException = new Error(`The lab knows no "${hostname}".`);
      error.code = "ENOTFOUND";
      callback(error, "", 0);
      return;
    }
    const family = address.includes(":") ? 6 : 4;
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

/** Whether a lab proxy has an address for the host: an address itself, or a name of the table. */
export function isKnown(host: string, names: LabNames): boolean {
  return isIP(host.replace(/^\[|\]$/g, "")) !== 0 || names[host.toLowerCase()] !== undefined;
}
