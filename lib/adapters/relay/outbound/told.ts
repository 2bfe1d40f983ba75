import type { Told } from "../../../domain/proxy/transport.ts";

/** What the words of a refusal say is the matter with the proxy itself; undefined where they speak of the target, or of nothing known. */
export function toldBy(why: string): Told | undefined {
  if (ofTarget.some((pattern) => pattern.test(why))) return undefined;
  return meanings.find(([pattern]) => pattern.test(why))?.[1];
}

// "Domain not in the whitelist", "this site needs a premium plan", "connections to IP addresses are not allowed": a rule about where the bot
// goes, not about who we are.
const ofTarget: readonly RegExp[] = [
  /\b(?:target|destination|domains?|host ?names?|(?:web)?sites?|urls?|categor(?:y|ies)|ports?)\b/i,
  /\bto (?:(?:an?|the|this|that|any|raw|bare|direct) )*(?:private |internal |local |reserved )?(?:ips?|address(?:es)?)\b/i,
  /\b(?:private|internal|local|loopback|reserved|literal|raw|bare) (?:ips?|address(?:es)?)\b/i,
  /\b(?:ip|address) (?:literals?|ranges?)\b/i,
];

const listed = "(?:white|allow)[- ]?list(?:ed)?";
const may =
  "(?:not|isn't|is no|un)[ -]?(?:yet )?(?:authori[sz]ed|allowed|permitted|registered|bound|listed|recogni[sz]ed|known)";
const plan =
  "(?:plan|subscription|package|license|trial|quota|bandwidth|traffic|balance|credit|data|account|user|zone|sub-?user)";
const over =
  "(?:expired|exhausted|exceeded|used up|depleted|suspended|disabled|inactive|cancell?ed|overdue|terminated|deactivated|limit reached|ran out|is over|insufficient)";
const exits = "(?:exit|peer|node|prox(?:y|ies)|ip|device|session)s?";

const meanings: readonly (readonly [RegExp, Told])[] = [
  [new RegExp(`\\bnot (?:in|on) (?:the |your |our |an? )?(?:ip )?${listed}`, "i"), "allow-list"],
  [new RegExp(`\\b(?:ip|ips|address|client|source)\\b.{0,60}\\b(?:${may}|${listed})`, "i"), "allow-list"],
  [new RegExp(`\\b(?:${may}|${listed})\\b.{0,20}\\b(?:ip|address|client)\\b`, "i"), "allow-list"],
  [/白名单|белом списке|белый список/i, "allow-list"],
  [new RegExp(`\\b${plan}\\b.{0,60}\\b${over}`, "i"), "vendor-account"],
  [
    new RegExp(`\\b(?:${over}|insufficient|no (?:active|more|remaining)|out of)\\b.{0,30}\\b${plan}\\b`, "i"),
    "vendor-account",
  ],
  [
    /\bpayment (?:is )?(?:required|due|overdue)\b|\bkyc\b|\btop up\b|\bout of money\b|\bunpaid\b/i,
    "vendor-account",
  ],
  [
    new RegExp(
      `\\b(?:no|all|without)\\b.{0,20}\\b${exits}\\b.{0,20}\\b(?:available|found|online|busy|free|left)`,
      "i",
    ),
    "vendor-trouble",
  ],
  [
    new RegExp(
      `\\b${exits}\\b.{0,20}\\b(?:offline|unavailable|expired|not (?:found|available)|went away|lost)`,
      "i",
    ),
    "vendor-trouble",
  ],
  [/\bmaintenance\b|\bno (?:peers?|exits?|nodes?) for\b|\boverloaded\b/i, "vendor-trouble"],
];

/** Whether a status that is no port rule shows a web server where a proxy should be: its name, or the words of one that knows no CONNECT. */
export function webServerOf(status: number, server: string | undefined, why: string): string | undefined {
  const name =
    /^(nginx|openresty|apache|caddy|cloudflare|microsoft-iis|lighttpd|litespeed|tengine|gunicorn)\b/i.exec(
      server ?? "",
    )?.[1];
  const statuses = name === undefined ? [405, 501] : [400, 404, 405, 501];
  if (!statuses.includes(status)) return undefined;
  if (name !== undefined) return name;
  return /\bnot (?:allowed|implemented|supported)\b/i.test(why) && /\bmethod\b|\b(?:405|501)\b/i.test(why)
    ? ""
    : undefined;
}

/** Where a redirect leads, as far as a page may be named: without user, path and query, which may let in whoever reads them. */
export function placeOf(location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location)) return undefined;
  const { protocol, host } = new URL(location);
  return host === "" || !/^https?:$/.test(protocol) ? undefined : `${protocol}//${host}`;
}
