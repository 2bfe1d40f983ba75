import { expect, test } from "vitest";
import { readAccountList } from "../../../lib/domain/account-list/read-account-list.ts";

test.each([
  ["sep=;\nname;venue;country\nfut-1;binance;DE\n", 3],
  ['"sep=|"\r\nname|venue|country\r\nfut-1|binance|DE\r\n', 3],
  ["name|venue|country\nfut-1|binance|DE\n", 2],
  ["\uFEFFName\tExchange\tCountry\nfut-1\tBinance\tde", 2],
  ["# mine\n\nname,venue,country\n\nfut-1, binance ,DE", 5],
])("a list of accounts is read as spreadsheets write it: %j", (text, line) => {
  expect(readAccountList(text)).toEqual({
    problems: [],
    entries: [
      { line, name: "fut-1", venues: ["binance"], countries: ["DE"], groupName: undefined, proxies: [] },
    ],
  });
});

test.each([
  ['[{"name":"fut-1"}]', "it is JSON; write one name a line"],
  ['{"name":"fut-1"}', "it is JSON"],
  ["- name: fut-1\n  venue: binance\n", "it looks like YAML; write one name a line"],
  ["accounts:\n  fut-1: {}\n", "it looks like YAML"],
  ['name,venue\nfut-1,bin"ance\n', "a quote stands inside a value"],
  ['name,venue\n"fut-1,binance\n', "a quote is not closed"],
  ["name,country\nfut-1,Germany\n", 'line 2: "Germany" is not a country code of two letters; write DE'],
  ["name,country\nfut-1,XX\n", '"XX" is not a country code of two letters'],
])("a list that cannot be read says what is wrong with it: %j", (text, words) => {
  const { entries, problems } = readAccountList(text);
  expect(entries).toEqual([]);
  expect(problems.map(({ line, what }) => `line ${line}: ${what}`).join()).toContain(words);
});
