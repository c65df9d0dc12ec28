// Package webpage reads HTML the way a person with a screen reader meets it:
// its title, its texts, its links and its forms. Tests use it to fill in the
// very forms that browsers get. It expects what html/template writes: elements
// that are closed and attributes that are quoted.
package webpage
