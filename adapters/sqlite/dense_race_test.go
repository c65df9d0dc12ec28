//go:build race

package sqlite

// usual is how many calls each sweep lets fail one by one before it takes samples.
// Under -race, which makes SQLite several times as slow and has little to find in a
// process with one caller, it takes fewer.
const usual int64 = 1
