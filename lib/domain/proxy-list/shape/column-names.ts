import { passwordNames, plainName } from "./vendor-fields.ts";

/** What a column of CSV or a key of JSON can mean; `fact` is vendor metadata. */
export type ColumnMeaning =
  | "url"
  | "host"
  | "port"
  | "user"
  | "pass"
  | "scheme"
  | "label"
  | "priority"
  | { readonly fact: string };

// Compared without case, spaces and marks.
const names: Readonly<Record<Exclude<ColumnMeaning, object>, readonly string[]>> = {
  url: [
    "url",
    "proxy",
    "proxyurl",
    "endpoint",
    "endpointurl",
    "proxyendpoint",
    "ipport",
    "hostport",
    "ipportuserpass",
    "hostportuserpass",
    "ipportloginpassword",
    "proxystring",
  ],
  host: [
    "host",
    "hostname",
    "ip",
    "ipaddress",
    "address",
    "server",
    "gateway",
    "proxyhost",
    "proxyhostname",
    "proxyip",
    "proxyaddress",
    "entrypoint",
    "node",
    "domain",
    "servidor",
    "dirección",
    "hôte",
    "serveur",
    "adresse",
    "serwer",
    "sunucu",
    "ホスト",
    "アドレス",
    "호스트",
    "хост",
    "адрес",
    "ipадрес",
    "сервер",
    "主机",
    "地址",
    "ip地址",
    "服务器",
  ],
  port: ["port", "proxyport", "порт", "端口", "端口号", "puerto", "porta", "ポート", "포트"],
  user: [
    "user",
    "username",
    "usr",
    "u",
    "login",
    "loginname",
    "proxyuser",
    "proxyusername",
    "proxylogin",
    "логин",
    "пользователь",
    "имяпользователя",
    "用户名",
    "用户",
    "账号",
    "帐号",
    "ユーザー名",
    "사용자",
    "użytkownik",
    "usuario",
    "usuário",
    "utilisateur",
    "utente",
    "benutzer",
    "benutzername",
    "kullanıcı",
    "kullanıcıadı",
  ],
  pass: passwordNames,
  scheme: ["scheme", "protocol", "proxytype", "type"],
  label: ["label", "name", "proxylabel"],
  priority: ["priority", "proxypriority"],
};
const facts: Readonly<Record<string, readonly string[]>> = {
  expected_ip: ["expectedip", "exitip", "outboundip", "assignedip", "assignedips"],
  expected_ip6: ["expectedip6"],
  entry_ip: ["entryip"],
  country: ["country", "countrycode", "cc"],
  city: ["city", "cityname"],
  region: ["region", "state"],
  asn: ["asn", "asnumber", "asnnumber"],
  org: ["org", "isp", "asnname"],
  provider: ["provider", "vendor"],
  product: ["product"],
  zone: ["zone"],
  order_id: ["orderid"],
  vendor_proxy_id: ["vendorproxyid"],
  protocols: ["protocols"],
  timezone: ["timezone", "tz"],
  geo_source: ["geosource"],
  vendor_auto_replace: ["vendorautoreplace"],
  shared: ["shared"],
  expires_at: ["expiresat", "expires", "expiry", "expiration", "expirationdate", "validuntil"],
  auto_renew: ["autorenew"],
  tags: ["tags"],
};
const meanings = new Map<string, ColumnMeaning>([
  ...Object.entries(names).flatMap(([meaning, words]) =>
    words.map((word) => [word, meaning as ColumnMeaning] as const),
  ),
  ...Object.entries(facts).flatMap(([fact, words]) => words.map((word) => [word, { fact }] as const)),
]);

/** What a column is; an unknown name is a fact under its own name. */
export function meaningOf(name: string): ColumnMeaning {
  return meanings.get(plainName(name)) ?? (isWholeEntry(name) ? "url" : { fact: name.trim() });
}

/** Whether it is a name that nothing here knows. */
export function isUnknownName(name: string): boolean {
  return !meanings.has(plainName(name));
}

// "IP:PORT:LOGIN:PASS", "user:pass@host:port": the names of an entry's parts in one column, as its values have them.
function isWholeEntry(name: string): boolean {
  const parts = name.trim().split(/:\/\/|[:@]/);
  const known = parts.map((part) => meanings.get(plainName(part)));
  return (
    parts.length > 1 &&
    known.includes("host") &&
    known.includes("port") &&
    known.every((each) => typeof each === "string")
  );
}

/** Whether these names can head a list: an address and, unless one column is the whole entry, a port. */
export function canHeadList(columns: readonly string[]): boolean {
  const known = columns.map(meaningOf);
  return known.includes("url") || (known.includes("host") && (known.includes("port") || columns.length > 1));
}
