import { expect, test } from "vitest";
import { differingChoices } from "../../../lib/domain/run/folder-choices.ts";

const choices = { "network.witnesses": "https://a https://b", "network.direct": "on" };
const mine = { folder: "/srv/desk", choices };
const from = (folder: string, change: Record<string, string>) => ({
  folder,
  choices: { ...choices, ...change },
});

test("a folder that chose otherwise is named with this one and with all that differs", () => {
  const other = from("/srv/new", { "network.witnesses": "https://c https://d", "network.direct": "off" });
  expect(differingChoices(mine, [other])).toEqual([
    "this folder (/srv/desk) has other settings than /srv/new, which is used with the same database on this host: network.witnesses is https://a https://b here and https://c https://d there; network.direct is on here and off there",
  ]);
});

test("a launcher of the same folder that was started with other settings is told as one", () => {
  expect(differingChoices(mine, [from("/srv/desk", { "network.direct": "off" })])).toEqual([
    "another launcher of this folder (/srv/desk) has other settings: network.direct is on here and off there",
  ]);
});

test("what only one of two folders knows makes no difference", () => {
  const newer = from("/srv/new", { "network.new": "yes" });
  const older = { folder: "/srv/old", choices: { "network.direct": "on" } };
  expect(differingChoices(mine, [newer, older])).toEqual([]);
});

test("of many folders the first three are told", () => {
  const many = ["/a", "/b", "/c", "/d"].map((folder) => from(folder, { "network.direct": "off" }));
  expect(differingChoices(mine, many)).toHaveLength(3);
});
