import { ConfigError } from "../../errors.ts";
import { textIn } from "../host-files/read-if-there.ts";
import { lackingCapabilities } from "./host/capabilities.ts";
import { stepMark } from "./network/shell-words.ts";

/** Why the tier does not work here, and what to do about it. */
export interface Refusal {
  readonly why: string;
  readonly hint: string;
}

/** What the kernel's own files say about namespaces; undefined where there is no such file. */
export interface KernelFacts {
  readonly maxUserNamespaces: string | undefined;
  readonly maxNetNamespaces: string | undefined;
  readonly unprivilegedUserns: string | undefined;
  readonly apparmorRestricts: string | undefined;
  readonly seccomp: string | undefined;
  /** What a launcher of root's lacks of root's capabilities; undefined for one of another user. */
  readonly rootLacks: ReturnType<typeof lackingCapabilities> | undefined;
}

/** The error of a run whose network could not be readied. */
export function refusalOf(said: string): ConfigError {
  const { why, hint } = explainFailure(said);
  return new ConfigError("LAUNCH_TIER_UNAVAILABLE", `The kernel tier does not work here: ${why}`, { hint });
}

/** Whether a set-up failed by what the bot wants to reach, and not by this host. */
export function isOfItsPorts(said: string): boolean {
  return stepIn(said)?.startsWith(openStep) === true;
}

/** Puts what a failed set-up said into a reason and a hint. */
export function explainFailure(said: string, facts: KernelFacts = readFacts()): Refusal {
  const step = stepIn(said);
  const words = said.replace(new RegExp(`\\s*${stepMark}.*`), "").trim();
  if (step?.startsWith("self-test ")) return selfTestFailed(step.slice("self-test ".length));
  if (step?.startsWith(openStep)) return cannotOpen(step.slice(openStep.length));
  if (/No space left on device/.test(words)) return usedUp(facts);
  const isDenied = /Operation not permitted|Permission denied/i.test(words);
  if (isDenied && /uid_map/.test(words) && facts.rootLacks?.forUserNamespace.length) return rootIsBare(facts);
  if (isDenied && facts.apparmorRestricts === "1") return appArmor;
  if (isDenied && facts.unprivilegedUserns === "0") return userNamespacesOff;
  if (isDenied && step === undefined && facts.seccomp === "2") return seccomp;
  if (/unrecognized option|invalid option/.test(words)) return tooOld(words);
  const where = step === undefined ? "" : ` at the step "${step}"`;
  return { why: `the set-up failed${where}: ${words || "no reason was given"}.`, hint: otherWays };
}

const openStep = "open ";

function stepIn(said: string): string | undefined {
  return new RegExp(`${stepMark} (.*)`).exec(said)?.[1];
}

const otherWays = "Use `--isolation preload` for a Node bot, or start the launcher as root.";

const appArmor: Refusal = {
  why: "AppArmor forbids programs to use user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1).",
  hint: "Install the profile of docs/isolation.md#apparmor as /etc/apparmor.d/launch and run `apparmor_parser -r` on it; leave the sysctl as it is. Or start the launcher as root.",
};
const userNamespacesOff: Refusal = {
  why: "user namespaces are switched off for users (kernel.unprivileged_userns_clone is 0).",
  hint: "Run `sysctl -w kernel.unprivileged_userns_clone=1` and keep it in /etc/sysctl.d, or start the launcher as root.",
};
const seccomp: Refusal = {
  why: "a seccomp filter, as in containers, refuses new namespaces.",
  hint: "Run the container with a seccomp profile that allows unshare, setns and mount. Or use `--isolation preload` for a Node bot.",
};

function rootIsBare({ rootLacks }: KernelFacts): Refusal {
  const { forRoot = [], forUserNamespace = [] } = rootLacks ?? {};
  return {
    why: `root has neither ${forRoot.join(", ")} here, nor ${forUserNamespace.join(", ")} for a user namespace in its place.`,
    hint: `Give the container ${forUserNamespace.join(", ")} or, with docker, \`--cap-add SYS_ADMIN --cap-add NET_ADMIN\`. Or run the launcher there as a user other than root.`,
  };
}

function usedUp(facts: KernelFacts): Refusal {
  const limits = [
    ["user.max_user_namespaces", facts.maxUserNamespaces],
    ["user.max_net_namespaces", facts.maxNetNamespaces],
  ] as const;
  const [name] = limits.find(([, value]) => value === "0") ?? [];
  if (name === undefined) {
    const shown = limits.map(([limit, value]) => `${limit} = ${value ?? "unknown"}`).join(", ");
    const hint = "Raise the limits with `sysctl -w`, and keep them in /etc/sysctl.d.";
    return { why: `all namespaces that the kernel allows are in use (${shown}).`, hint };
  }
  return {
    why: `the kernel allows no namespaces: ${name} is 0.`,
    hint: `Run \`sysctl -w ${name}=15000\` and keep it in /etc/sysctl.d.`,
  };
}

function selfTestFailed(failures: string): Refusal {
  const hint =
    "Please report this with the output of `launch doctor`; until then use `--isolation preload` for a Node bot.";
  return { why: `the test from inside failed: ${failures}.`, hint };
}

function cannotOpen(why: string): Refusal {
  return {
    why: `a listening socket could not be opened inside (${why}).`,
    hint: "Check `ports` and `local`: give each port only once.",
  };
}

function tooOld(words: string): Refusal {
  return {
    why: `util-linux is too old: ${words.split("\n")[0]}.`,
    hint: "Debian 12, Ubuntu 22.04 and newer have all that is needed.",
  };
}

function readFacts(): KernelFacts {
  return {
    maxUserNamespaces: textIn("/proc/sys/user/max_user_namespaces")?.trim(),
    maxNetNamespaces: textIn("/proc/sys/user/max_net_namespaces")?.trim(),
    unprivilegedUserns: textIn("/proc/sys/kernel/unprivileged_userns_clone")?.trim(),
    apparmorRestricts: textIn("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")?.trim(),
    rootLacks: process.getuid?.() === 0 ? lackingCapabilities() : undefined,
    seccomp: /^Seccomp:\s*(\d)/m.exec(textIn("/proc/self/status") ?? "")?.[1],
  };
}
