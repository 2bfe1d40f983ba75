import type { Remedy, Spoken, Told } from "../../domain/proxy/transport.ts";
import { outOfReach } from "../../policy/witness-reach.ts";
import type { ExitWitness } from "../../ports/exit-witness.ts";
import type { CheckedProxy, CheckTools } from "../proxies/check-proxies.ts";
import { type Finding, failed, fine, uncertain } from "./finding.ts";

/** Asks each witness directly, without any proxy; one that a bot cannot reach from its network is told without being asked. */
export async function checkWitnesses(
  witness: ExitWitness,
  { witnesses, publicRanges, timeoutMs }: Pick<CheckTools, "witnesses" | "publicRanges" | "timeoutMs">,
): Promise<readonly Finding[]> {
  const beyond = outOfReach(witnesses, publicRanges);
  const findings = await Promise.all(
    witnesses.map(async (url) => {
      const missed = beyond.find((each) => each.witness === url);
      if (missed !== undefined)
        return uncertain(`witness ${url}`, missed.why, `Write in launch.yaml under network: ${missed.line}.`);
      const directIp = await witness.directIp([url], timeoutMs);
      if (directIp !== undefined) return fine(`witness ${url}`, `sees this host as ${directIp}`);
      return uncertain(
        `witness ${url}`,
        "cannot be reached from this host, or gave no public address",
        "A proof through the proxies may still work. Otherwise set other network.witnesses in launch.yaml, or run your own with `launch echo`.",
      );
    }),
  );
  return findings;
}

/** One sentence for each witness that no bot of the kernel tier reaches: the check's own connections reach more, and a good check is no good start then. */
export function beyondBots({
  witnesses,
  publicRanges,
}: Pick<CheckTools, "witnesses" | "publicRanges">): readonly string[] {
  return outOfReach(witnesses, publicRanges).map(
    ({ witness, why, line }) => `${witness} ${why}. Write in launch.yaml under network: ${line}.`,
  );
}

/** What the checks of the proxies come to, one finding each. */
export function findingsOfProxies(checked: readonly CheckedProxy[]): readonly Finding[] {
  return checked.map((result) => {
    const subject = `proxy ${result.label}`;
    if (result.verdict === "unsure") return uncertain(subject, result.message, fixOf(result));
    if (result.verdict === "failed") return failed(subject, result.message, fixOf(result));
    const shared = result.sameExitAs.join(", ");
    if (shared === "") return fine(subject, result.message);
    const message = `${result.message}, the same as ${shared}: they cannot serve two accounts at once`;
    return uncertain(subject, message, "Ask the vendor for a separate exit for each.");
  });
}

/** The command or step that repairs what a check found. */
export function fixOf({
  label,
  outcome,
  remedy,
  spoken,
  told,
}: Pick<CheckedProxy, "label" | "outcome" | "remedy" | "spoken" | "told">): string {
  if (remedy !== undefined) return fixByRemedy[remedy](label);
  if (spoken !== undefined) return fixBySpoken[spoken](label);
  if (told !== undefined) return fixByTold[told](label);
  switch (outcome) {
    case "auth":
      return `launch proxy edit ${label} --proxy-user USER --proxy-pass-stdin`;
    case "offline":
      return "This host reaches nothing, so the proxy is not judged. `launch doctor` shows which witnesses answer.";
    case "unopenable":
      return `Add the missing key, or run \`launch proxy edit ${label} --proxy-user USER --proxy-pass-stdin\`.`;
    case "mismatch":
      return `If the vendor replaced the address: launch proxy edit ${label} --proxy-expected-ip ADDRESS`;
    case "direct_leak":
      return "This proxy forwards from the host's own address: remove it, or move it to another host.";
    case "dns":
      return `Check the host name: launch proxy edit ${label} --proxy-endpoint URL`;
    case "tls":
      return "Check the scheme: with http:// the connection to the proxy is plain text, with https:// it is TLS.";
    case "protocol":
      return "Check the scheme: the port may speak socks5 instead of http, or the other way round.";
    case "denied":
      return "The proxy's own rules refuse the witnesses: ask the vendor to allow them, or set others under network.witnesses in launch.yaml.";
    case "incomplete":
    case "disagreeing":
      return "Try again. If other proxies are ok with the same witnesses, ask this proxy's vendor; otherwise set other network.witnesses in launch.yaml.";
    case "refused":
    case "reset":
    case "timeout":
    case "blocked":
      return `Check the address, and whether the vendor allows this host, then: launch proxy check ${label}`;
    case "transport":
    case "proven":
      return `launch proxy check ${label}`;
  }
}

const anotherScheme = (scheme: string) => (label: string) =>
  `Write the scheme that the port speaks: launch proxy edit ${label} --proxy-endpoint ${scheme}://HOST:PORT`;

const fixBySpoken: Readonly<Record<Spoken, (label: string) => string>> = {
  http: anotherScheme("http"),
  tls: anotherScheme("https"),
  socks5: anotherScheme("socks5"),
  socks4: () => "SOCKS4 knows no password and is not spoken: ask the vendor for the HTTP or SOCKS5 port.",
  other: (label) => `No proxy answers there. Check the port: launch proxy edit ${label} --proxy-endpoint URL`,
};

const fixByTold: Readonly<Record<Told, (label: string) => string>> = {
  "allow-list": (label) =>
    `Add this host's address to the vendor's list of allowed addresses, then: launch proxy check ${label}`,
  "vendor-account": (label) =>
    `Look at plan, traffic and payment in the vendor's dashboard, then: launch proxy check ${label}`,
  "vendor-trouble": (label) =>
    `The vendor has no exit for it now: try again later, or ask for other settings (country, session), then: launch proxy check ${label}`,
  portal: (label) =>
    `Something wants a sign-in on a web page, the network of this host or the vendor. Open that page in a browser, then: launch proxy check ${label}`,
};

const fixByRemedy: Readonly<Record<Remedy, (label: string) => string>> = {
  "basic-only": () =>
    "Slipway supports only Basic: ask the vendor for Basic sign-in, for its list of allowed addresses, or for socks5.",
  "https-witnesses": () =>
    "Set https:// witnesses under network.witnesses in launch.yaml, or ask the vendor to allow CONNECT to other ports. A bot's own http:// requests use CONNECT too and are refused in the same way.",
  "proxy-ca": (label) =>
    `Give the certificate of the vendor's authority: launch proxy edit ${label} --ca FILE`,
  expired: () =>
    "The vendor must renew its certificate, unless this host's clock is wrong: look at it with `date -u`.",
  "vendor-tls": () =>
    "Ask the vendor for TLS 1.2 or newer without client certificates, or use its http:// or socks5:// port.",
  "socks-sign-in": () =>
    "Ask the vendor for a sign-in with user and password, for its list of allowed addresses, or for its HTTP port.",
  certificate: (label) =>
    `Use the host name that the vendor's certificate is for: launch proxy edit ${label} --proxy-endpoint URL`,
};
