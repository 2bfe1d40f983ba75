// Fields of vendors' lists that mean something else there than the same name elsewhere, or lie deeper. Public documents of
// the vendors show these shapes: Proxy-Cheap (connection, authentication), Proxy-Seller (port_http, port_socks), PROXY6
// (host is the gateway, ip the exit), Oxylabs (entryPoint and ip, likewise), IPRoyal (ports of a whole order).

import type { ProxyScheme } from "../../proxy/proxy-endpoint.ts";
import { isJsonObject } from "../../text/json-object.ts";

/** A value with the name it came under; a name may come twice. */
export type Field = readonly [name: string, value: unknown];

const nested: ReadonlySet<string> = new Set([
  "authentication",
  "auth",
  "credentials",
  "connection",
  "proxy",
  "endpoint",
  "server",
]);
const deeperNames: Readonly<Record<string, string>> = { publicip: "exit_ip", connectip: "ip" };
const httpPorts: ReadonlySet<string> = new Set([
  "porthttp",
  "httpport",
  "http",
  "http|https",
  "porthttps",
  "proxyhttpport",
]);
const socksPorts: ReadonlySet<string> = new Set([
  "portsocks",
  "portsocks5",
  "socks5port",
  "socksport",
  "socks5",
  "proxysocks5port",
]);
const logins: ReadonlySet<string> = new Set([
  "auth",
  "authentication",
  "credential",
  "credentials",
  "creds",
  "userpass",
  "userpassword",
  "usernamepassword",
  "loginpass",
  "loginpassword",
  "proxyauth",
]);
const gateways: ReadonlySet<string> = new Set(["entrypoint", "gateway"]);

/** What lists call a password, as plain names. */
export const passwordNames: readonly string[] = [
  "pass",
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "pwd",
  "psw",
  "pw",
  "p",
  "secret",
  "proxypass",
  "proxypassword",
  "пароль",
  "密码",
  "密碼",
  "パスワード",
  "비밀번호",
  "contraseña",
  "contrasena",
  "clave",
  "senha",
  "motdepasse",
  "parola",
  "kennwort",
  "passwort",
  "hasło",
  "haslo",
  "şifre",
  "sifre",
];

/** The fields of one proxy under the names that lists use, with what lies deeper brought up; `scheme` is meant where it names none. */
export function vendorFields(fields: readonly Field[], scheme: ProxyScheme): readonly Field[] {
  return exitApart(portOfScheme(flattened(fields), scheme));
}

/** Whether an object has a password of its own. */
export function hasPassword(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    Object.entries(value).some(
      ([name, part]) => typeof part === "string" && part !== "" && passwordNames.includes(plainName(name)),
    )
  );
}

/** A name without case, spaces, dashes and other marks that part words. */
export function plainName(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[ _:./-]/g, "");
}

function flattened(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap(([name, value]): readonly Field[] => {
    if (!isJsonObject(value)) return loginInOne(name, value) ?? [[name, value]];
    if (/^ports?$/.test(plainName(name))) return Object.entries(value);
    // Whatever it is called: what holds a password of its own is the proxy's login.
    if (!nested.has(plainName(name)) && !hasPassword(value)) return [[name, value]];
    return Object.entries(value).map(([inner, deeper]) => [deeperNames[plainName(inner)] ?? inner, deeper]);
  });
}

// "u:p" in one column.
function loginInOne(name: string, value: unknown): readonly Field[] | undefined {
  if (typeof value !== "string" || !logins.has(plainName(name)) || value.includes("://")) return undefined;
  const colon = value.indexOf(":");
  if (colon < 1 || colon === value.length - 1) return undefined;
  return [
    ["user", value.slice(0, colon)],
    ["pass", value.slice(colon + 1)],
  ];
}

// A port for each protocol: the one of the proxy's own protocol counts.
function portOfScheme(fields: readonly Field[], wanted: ProxyScheme): readonly Field[] {
  if (fields.some(([name]) => plainName(name) === "port")) return fields;
  const isPort = ([name, value]: Field) =>
    (httpPorts.has(plainName(name)) || socksPorts.has(plainName(name))) && /^[0-9]+$/.test(String(value));
  if (!fields.some(isPort)) return fields;
  const told = fields.find(([name]) => ["protocol", "proxytype", "type", "scheme"].includes(plainName(name)));
  const scheme = typeof told?.[1] === "string" ? told[1] : wanted;
  const isSocks = /^socks/i.test(scheme);
  const own = isSocks ? socksPorts : httpPorts;
  const port = fields.find((field) => isPort(field) && own.has(plainName(field[0])));
  const added: readonly Field[] = told === undefined && isSocks ? [["scheme", "socks5"]] : [];
  const rest = fields.filter((field) => !isPort(field));
  return port === undefined ? rest : [...rest, ["port", port[1]], ...added];
}

// Beside a gateway of its own name, "ip" is where the traffic leaves.
function exitApart(fields: readonly Field[]): readonly Field[] {
  const names = new Set(fields.map(([name]) => plainName(name)));
  const isProxy6 = names.has("unixtimeend") && names.has("host");
  const isApart = isProxy6 || [...gateways].some((name) => names.has(name));
  return fields.map(([name, value]): Field => {
    if (isApart && plainName(name) === "ip") return ["expected_ip", value];
    if (isProxy6 && name === "type" && value === "socks") return [name, "socks5"];
    return isProxy6 && name === "unixtime_end" ? ["expires_at", value] : [name, value];
  });
}
