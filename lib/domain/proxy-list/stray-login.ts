// A password under a name that nobody here knows would be stored as a fact, in the clear, and the proxy without it.
import { isUnknownName, meaningOf } from "./shape/column-names.ts";
import { type Field, hasPassword } from "./shape/vendor-fields.ts";

// Short names of lists that are no password.
const harmless = /^(?:id|uid|no|nr|num|lat|lon|lng|os|zip|ttl|rtt|sla|url|src|via|tag|age|bw|mbs|gb)$/i;

// What vendors often add, and what is no password either.
const usual =
  /^(?:status|state|plan|package|kind|notes?|comment|remark|description|valid|active|.*(?:id|_at|date|time|speed|count|ip|country|city|asn|isp))$/i;

/** Why an entry with a password and without a user cannot be taken. */
export function strayUser(fields: readonly Field[]): string {
  const may = fields.find(
    ([name]) => isUnknownName(name) && /^(?:acc(?:oun)?t|customer|member|nick)/i.test(name),
  );
  const call = may === undefined ? "name its column user" : `if "${may[0]}" is the user, call it user`;
  return `it has a password but no user; ${call}`;
}

/** Why an entry without a password cannot be taken as it is: one of its fields may be or hold that password. */
export function strayLogin(fields: readonly Field[]): string | undefined {
  const hasUser = fields.some(([name]) => meaningOf(name) === "user");
  for (const [name, value] of fields) {
    if (holdsPassword(value))
      return `its "${name}" contains a password, which may be the proxy's; write it as "user" and "pass" of the proxy itself, or remove it`;
    if (typeof value !== "string" || !isUnknownName(name)) continue;
    if (hasUser && !usual.test(name) && !harmless.test(name))
      return `it has a user and no password, and what its "${name}" is, is not known; call it pass if it is the password, or remove it`;
    if (isUnclear(name))
      return `it has no password, and what its "${name}" is, is not known; name the columns host, port, user and pass, and remove a column that is none of them or give it a longer name`;
  }
  return undefined;
}

// Of a name in another script only people know the meaning, and letters of two scripts look the same.
function isUnclear(name: string): boolean {
  return /[^\0-\x7f]/.test(name) || (/^[a-z]{1,3}$/i.test(name) && !harmless.test(name));
}

function holdsPassword(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return hasPassword(value) || Object.values(value).some(holdsPassword);
}
