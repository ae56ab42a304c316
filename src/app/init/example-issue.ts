/** For plain git, where issues are files: the form, with an issue nobody needs to keep. */
export const exampleIssue = `---
title: The README does not say how to run the tests
labels: [tamma]
state: open
---
Add a short section "Tests" to the README with the command that runs them.

This is an example. Change it, or delete it and write your own as .tamma/issues/<number>.md.
`;
