/** Whose password a line of a .pgpass file is; `*` in a line fits anything. */
export interface PassTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The password of the first line that fits (PostgreSQL's manual, "The Password File"); undefined when none does. */
export function passwordFor(target: PassTarget, text: string): string | undefined {
  const { host, port, database, user } = target;
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const [fields, password] = readLine(line);
    const wanted = [hostsOf(host), [String(port)], [database], [user]];
    if (password !== undefined && wanted.every((names, at) => isOneOf(fields[at], names))) return password;
  }
  return undefined;
}

/** The text with this target's line in the place of a former one; every other line stays. */
export function withPassword(text: string, target: PassTarget, password: string): string {
  const { host, port, database, user } = target;
  const fields = [host, String(port), database, user].map(escape);
  const others = text.split("\n").filter((line) => line !== "" && !isLineOf(line, target));
  return `${[`${fields.join(":")}:${escape(password)}`, ...others].join("\n")}\n`;
}

function isLineOf(line: string, { host, port, database, user }: PassTarget): boolean {
  const [fields] = readLine(line);
  return (
    !line.startsWith("#") && [host, String(port), database, user].every((name, at) => fields[at] === name)
  );
}

// libpq calls a server on a socket "localhost" too.
function hostsOf(host: string): readonly string[] {
  return host.startsWith("/") ? [host, "localhost"] : [host];
}

function isOneOf(field: string | undefined, names: readonly string[]): boolean {
  return field === "*" || (field !== undefined && names.includes(field));
}

// The password is the rest of the line: libpq ends it at a colon that is not escaped, which nobody means to write.
function readLine(line: string): readonly [fields: readonly string[], password: string | undefined] {
  const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g)].slice(0, 5).map(([, field = ""]) => field);
  const values = fields.map((field) => field.replaceAll(/\\(.)/g, "$1"));
  return [values.slice(0, 4), values[4]];
}

function escape(field: string): string {
  return field.replaceAll(/[\\:]/g, "\\$&");
}
