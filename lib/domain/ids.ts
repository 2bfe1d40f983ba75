import { UsageError } from "../errors.ts";
import type { Brand } from "./brand.ts";
import { unseenProblem } from "./text/unseen.ts";

/** Ids are uuids in lower case, made by us and kept by export and import. */
export type AccountId = Brand<string, "AccountId">;
export type ProxyId = Brand<string, "ProxyId">;
export type AssignmentId = Brand<string, "AssignmentId">;
/** One attempt to run a bot or a collector; the holder of its leases. */
export type RunId = Brand<string, "RunId">;
/** One launcher process; its leases are renewed in one statement. */
export type LauncherId = Brand<string, "LauncherId">;
/** The first 8 hex digits of SHA-256 of a master key: names a key without telling it. */
export type KeyId = Brand<string, "KeyId">;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const nameShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Brands a uuid; throws UsageError when the text is not one. */
export function parseId<Id extends AccountId | ProxyId | AssignmentId | RunId | LauncherId>(
  text: string,
): Id {
  const id = text.toLowerCase();
  if (!uuid.test(id)) throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" is not a uuid.`);
  return id as Id;
}

/** Whether it can be the name of an account, collector or group, or the label of a proxy. */
export function isName(text: string): boolean {
  return nameShape.test(text);
}

/** Gives the name back, or throws UsageError: it appears in file names, tables and unit names. */
export function parseName(text: string, what: string): string {
  if (isName(text)) return text;
  const unseen = unseenProblem(text);
  if (unseen !== undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", `The value for ${what} ${unseen}.`, {
      hint: "Delete that character, or type the name again.",
    });
  throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" cannot be ${what}.`, {
    hint: "Use 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit.",
  });
}
