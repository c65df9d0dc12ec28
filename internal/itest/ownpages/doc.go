// Package ownpages drives the pages of examples/ownpages in a browser.
package ownpages
