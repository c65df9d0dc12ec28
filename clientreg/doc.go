// Package clientreg holds the lanes by which clients become known to a
// provider. The seeded lane is for those that the operator writes down, in code
// (Seeded) or in a file (SeededFile). The shape of a client_id picks the lane;
// the provider believes none where two claim one.
package clientreg
