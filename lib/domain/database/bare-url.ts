/** Parameters of a database URL that a generated file may hold: none of them is a secret or a file of this host. */
const harmless = ["sslmode", "application_name", "connect_timeout", "target_session_attrs", "options"];

/** A database URL as a generated file may hold it, and what was left out of it. */
export interface BareUrl {
  readonly text: string;
  readonly hasPassword: boolean;
  /** The names of parameters that were left out. */
  readonly left: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly hasUser: boolean;
}

/** The URL without password, and without parameters that may be secret or name a file. */
export function bareUrl(text: string): BareUrl {
  const url = new URL(text);
  const names = [...new Set(url.searchParams.keys())];
  const left = names.filter((name) => !harmless.includes(name) && name !== "password");
  const hasPassword = url.password !== "" || url.searchParams.has("password");
  url.password = "";
  url.hash = "";
  for (const name of names) if (!harmless.includes(name)) url.searchParams.delete(name);
  return {
    text: url.href,
    hasPassword,
    left,
    host: url.hostname.replaceAll(/^\[|\]$/g, ""),
    port: Number(url.port || 5_432),
    hasUser: url.username !== "",
  };
}
