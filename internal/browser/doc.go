// Package browser drives a headless Chromium for tests: a fresh profile each,
// nothing leaves the machine, and whatever the console complains about, a
// violated content security policy for one, fails the test.
package browser
