export const tests = `Task: write the tests for this change, before its code exists.

{{issue}}

{{plan}}

{{project}}

{{material}}

- Only test files can be written now. Put them where this project keeps its tests, with its framework and in its style; where a test file covers the subject already, extend it.
- Test behaviour that the issue and the plan ask for: the normal case, the edges and the errors they name. Test through the interface that users of the code have, not its insides. Each title states a fact about the software.
- Every new test must fail now because the behaviour is missing, and pass once it is there. A test that passes now, or fails for a mistake of its own, is worthless.
- Do not write the missing code, and no stand-in for it. Do not weaken, skip or delete a test that exists; where one contradicts the plan, change exactly the expectation that the plan changes, and say so.
- {{commands}} Run the tests before you submit: the new ones must fail, for the right reason, and the old ones pass.

Later nobody can change these tests: what they get wrong, the code gets wrong. Submit a summary of what they pin down.`;
