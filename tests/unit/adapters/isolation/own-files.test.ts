import { expect, test } from "vitest";
import { askingOnlyDns, withOwnName } from "../../../../lib/adapters/isolation/view/file-view.ts";

test.each([
  ["hosts: files mymachines resolve [!UNAVAIL=return] myhostname dns"],
  ["hosts:\tfiles ldap dns"],
  ["  HOSTS : winbind sss files"],
  ["hosts: wins [NOTFOUND=return] dns # a comment\nhosts: nis"],
])("whatever looks names up here (%j), a bot asks files and DNS, and users as before", (line) => {
  const text = askingOnlyDns(`passwd: files sss\n${line}\nnetworks: files\n`);
  expect(text).toBe("passwd: files sss\nnetworks: files\nhosts: files dns\n");
});

test("a switch file without a line for hosts gets one", () => {
  expect(askingOnlyDns("passwd: files\n")).toBe("passwd: files\nhosts: files dns\n");
});

test.each([
  ["venus", "127.0.0.1 localhost\n127.0.0.1 venus\n"],
  ["venus.example.org", "127.0.0.1 localhost\n127.0.0.1 venus.example.org venus\n"],
  ["localhost", "127.0.0.1 localhost\n"],
])("the host's own name %s stands in the hosts file", (name, text) => {
  expect(withOwnName("127.0.0.1 localhost\n", name)).toBe(text);
});
