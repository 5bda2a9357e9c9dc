// What the console says when something is not as it should be.
import { OWNER, expect, hydrated, setUp, test } from "../fixtures/test.ts";

test("nobody sees anything without signing in", async ({ page, server }) => {
  await page.goto(`${server.console}/executions`);
  await page.waitForURL(/\/login/);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("another site cannot make the browser sign in", async ({ server }) => {
  const response = await fetch(`${server.console}/console/fn/login`, {
    method: "POST",
    headers: { Origin: "https://evil.example", "Content-Type": "application/json" },
    body: "{}",
  });
  expect(response.status).toBe(403);
  expect((await response.json()).code).toBe("origin_not_allowed");
});

test.describe("answers with an error status", () => {
  // The browser itself writes a line about each of these into its log.
  test.use({ watched: async ({}, use) => use() });

  test("a wrong password is one sentence, and the form stays filled in", async ({ page, server }) => {
    await setUp(page, server);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/login/);
    await hydrated(page);
    await page.getByLabel("Email").fill(OWNER.email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toContainText("wrong");
    await expect(page.getByLabel("Email")).toHaveValue(OWNER.email);
  });

  test("an id that is none is not found", async ({ page, server }) => {
    await setUp(page, server);
    await page.goto(`${server.console}/executions/exec_nothing`);
    await expect(page.getByText("not found", { exact: false }).first()).toBeVisible();
  });
});
