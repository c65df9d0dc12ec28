//go:build !race

package sqlite

// usual is how many calls each sweep lets fail one by one before it takes samples.
const usual int64 = 8
