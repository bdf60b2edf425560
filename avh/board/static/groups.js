// Runs that differ only in their seed, as one column: which they are, and which count at a step.

/** Group -> names of its runs, of the groups that several runs have; names in the order given. */
export function groupsOf(names, runs) {
  const found = new Map();
  for (const name of names) {
    const { group } = runs.get(name);
    if (typeof group !== "string") continue;
    if (!found.has(group)) found.set(group, []);
    found.get(group).push(name);
  }
  for (const [group, members] of found) if (members.length < 2) found.delete(group);
  return found;
}

/** The names in an order in which the runs of a group lie together, where the first one was. */
export function together(names, groupOf) {
  const units = new Map();
  for (const name of names) {
    const group = groupOf(name);
    const key = group === null ? `run ${name}` : `group ${group}`;
    if (!units.has(key)) units.set(key, []);
    units.get(key).push(name);
  }
  return [...units.values()];
}

/**
 * What stands beside each other: a run, or the shown runs of a group.
 *
 * @param {Array<string>} runs that are shown, in their order
 * @param {Choice} choice
 * @param {Set<string>} open groups whose runs are shown singly
 * @returns {Array<object>} {key, name, members, total, group: whether it stands for several runs,
 *   parent: the open group that a single run is of, or null, look}
 */
export function columnsOf(runs, choice, open) {
  return together(runs, choice.groupOf).flatMap((members) => {
    const group = choice.groupOf(members[0]);
    if (group === null || open.has(group)) {
      return members.map((name) => ({
        key: `run ${name}`,
        name,
        members: [name],
        total: 1,
        group: false,
        parent: group,
        look: choice.look(name),
      }));
    }
    const total = choice.groups.get(group).length;
    const look = choice.groupLook(group);
    const own = { key: `group ${group}`, name: group, group: true, parent: null };
    return [{ ...own, members, total, look }];
  });
}

/** Whether a run counts in its group at a step: from its first record to its last one. */
export function takesPart(records, name, step) {
  const steps = records.runs.get(name)?.steps ?? [];
  return steps.length > 0 && steps[0] <= step && step <= steps.at(-1);
}

/** The runs of a column that have no record at a step. */
export function lacking(records, { members }, step) {
  return members.filter((name) => !takesPart(records, name, step));
}
