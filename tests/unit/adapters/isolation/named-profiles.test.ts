import { expect, test } from "vitest";
import { namedProfiles } from "../../../../lib/adapters/isolation/browsers/named-profiles.ts";

const places = { cwd: "/srv/bot", configHome: "/home/a/.config" };

test.each([
  [["chromium", "--user-data-dir=/p/one two", "https://x"], ["/p/one two"]],
  [["xvfb-run", "google-chrome", "--user-data-dir=own"], ["/srv/bot/own"]],
  [["firefox", "-profile", "/p/fox"], ["/p/fox"]],
  [["firefox", "--profile", "fox"], ["/srv/bot/fox"]],
  [["sh", "-c", `sleep 1; chromium --user-data-dir="/p/a b" x`], ["/p/a b"]],
  [
    ["sh", "-c", "chromium --user-data-dir=/p/a; chromium --user-data-dir='/p/b'"],
    ["/p/a", "/p/b"],
  ],
  [["sh", "-c", "exec firefox --profile /p/fox"], ["/p/fox"]],
  [["/usr/bin/chromium", "https://x"], ["/home/a/.config/chromium"]],
  [["sh", "-c", "(brave-browser https://x)"], ["/home/a/.config/BraveSoftware/Brave-Browser"]],
  [["env", "A=1", "nice", "-n", "5", "chromium", "x"], ["/home/a/.config/chromium"]],
  [["node", "bot.js", "constructor"], []],
  [["node", "bot.js", "--browser", "/usr/bin/chromium"], []],
  [["sh", "-c", "ls /home/a/.config/chromium"], []],
  [["psql", "--user", "data"], []],
] as const)("the command %j names the profiles %j", (words, profiles) => {
  expect(namedProfiles(words, places)).toEqual(profiles);
});
