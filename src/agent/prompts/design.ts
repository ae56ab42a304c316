export const design = `Task: plan this change, so that a person can approve it and somebody else can carry it out. Change nothing.

{{issue}}

{{project}}

{{material}}

A good plan:
- is the smallest change that does what the issue asks, in the way of this code base;
- has 3 to 7 steps (fewer only if there is truly nothing more to do), each with the files it creates or changes, named by path. Look at those files first;
- says in the test plan which behaviour the tests will pin down, cases and edges included: the tests are written before the code, and from this text;
- adds no dependency unless nothing in the project or the standard library does it; names each one it adds;
- stays away from CI files, repository settings and agent instruction files: such changes are refused;
- forecasts honestly whether something breaks for users: public interfaces, formats, stored data, configuration, command lines;
- rates the risk: low means local, covered by tests and easily undone; high means data, security, money, public interfaces or wide reach. Gives the reasons;
- offers options with their trade-offs only where they truly differ; the plan itself is the option you recommend.

If a person asked for changes to an earlier plan, answer every point of theirs.`;
