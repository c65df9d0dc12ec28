//go:build race

package sqlite

// usual is how many calls each sweep lets fail one by one before it takes samples.
// Under -race, which makes SQLite ten times as slow and finds nothing new in a
// process with one caller, it takes fewer.
const usual int64 = 1
