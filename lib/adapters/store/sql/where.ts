/** Conditions with a value each, which stands where they have `?`. */
type Conditions = readonly (readonly [condition: string, value: unknown])[];

/**
 * The conditions whose value is given, with parameters from `$2` on: `$1` is the limit. Only what is asked for stands in the text: one text for
 * every filter would be planned for none.
 */
export function whereGiven(conditions: Conditions): {
  readonly where: string;
  readonly values: readonly unknown[];
} {
  const given = conditions.filter(([, value]) => value !== undefined && value !== null);
  const texts = given.map(([condition], index) => condition.replaceAll("?", `$${index + 2}`));
  return { where: ["true", ...texts].join(" and "), values: given.map(([, value]) => value) };
}
