import type { Explanation } from "./explain-account.ts";

/** What the account's operator may type next: sentences, the most useful first. */
export function nextSteps({ account, state, idle, candidates, run }: Explanation): readonly string[] {
  const { name } = account;
  const next = candidates.find(({ place }) => place === "next");
  const blocked = candidates.filter(({ place }) => place === "no").flatMap(({ obstacles }) => obstacles);
  const fixes = [...new Set(blocked.map(({ fix }) => fix))].slice(0, 3);
  const another = `Add another exit with \`launch assign ${name} <label>\`.`;
  const follow = `Follow what happens with \`launch events --account ${name} -f\`.`;
  switch (state) {
    case "held":
      return [`End the hold with \`launch account release ${name}\`.`];
    case "stopped":
      if (idle?.state === "waiting") return ["Nothing has to be done.", follow];
      if (idle?.state === "failed")
        return [
          `Correct what is named there. Then type \`launch reload\` if that was launch.yaml, else \`launch start ${name}\`.`,
        ];
      if (next === undefined) return [...fixes, another];
      return [`Start its bot with \`launch bot --account ${name}\`.`];
    case "no_exit":
      return next === undefined ? [...fixes, another] : [follow];
    case "waiting":
      if (run?.phase !== "holding") return ["Nothing has to be done.", follow];
      // A switch that is refused for now, with nothing running meanwhile.
      if (next === undefined) return [...fixes, another];
      return [
        `Nothing has to be done. To go on at once, \`launch rotate ${name} --wait\` starts it on ${next.proxyLabel}.`,
        follow,
      ];
    case "switching":
      return ["Nothing has to be done.", follow];
    case "running":
      if (next === undefined) return [...fixes, another];
      return [`\`launch rotate ${name} --wait\` would move it to ${next.proxyLabel} now.`];
    default:
      return state satisfies never;
  }
}
