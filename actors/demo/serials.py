"""The serials of the demo: chapter plays that are in the public domain, one a line: title, year, director, category, chapters."""

from typing import Final

SERIALS: Final = """
What Happened to Mary|1912|Charles Brabin|Adventure|12
Fantômas|1913|Louis Feuillade|Crime|5
The Adventures of Kathlyn|1913|Francis J. Grandon|Adventure|13
The Perils of Pauline|1914|Louis J. Gasnier, Donald MacKenzie|Adventure|20
The Exploits of Elaine|1914|Louis J. Gasnier, George B. Seitz|Crime|14
The Million Dollar Mystery|1914|Howell Hansel|Mystery|23
Lucille Love, Girl of Mystery|1914|Francis Ford|Mystery|15
The Master Key|1914|Robert Z. Leonard|Adventure|15
The Trey o' Hearts|1914|Wilfred Lucas, Henry MacRae|Adventure|15
Les Vampires|1915|Louis Feuillade|Crime|10
The New Exploits of Elaine|1915|Louis J. Gasnier|Crime|10
The Romance of Elaine|1915|George B. Seitz|Crime|12
The Diamond from the Sky|1915|Jacques Jaccard, William Desmond Taylor|Adventure|30
The Broken Coin|1915|Francis Ford|Adventure|22
The Black Box|1915|Otis Turner|Mystery|15
The Girl and the Game|1915|J. P. McGowan|Adventure|15
Neal of the Navy|1915|William Bertram, W. M. Harvey|Adventure|14
Judex|1916|Louis Feuillade|Crime|12
Homunculus|1916|Otto Rippert|Fantasy|6
The Iron Claw|1916|Edward José, George B. Seitz|Crime|20
The Mysteries of Myra|1916|Theodore Wharton, Leopold Wharton|Mystery|15
The Secret of the Submarine|1916|George L. Sargent|Adventure|15
Liberty|1916|Jacques Jaccard, Henry MacRae|Western|20
Gloria's Romance|1916|Walter Edwin, Colin Campbell|Adventure|20
Pearl of the Army|1916|Edward José|Adventure|15
The Purple Mask|1916|Grace Cunard, Francis Ford|Crime|16
Patria|1917|Jacques Jaccard, Theodore Wharton, Leopold Wharton|Adventure|15
The Mystery of the Double Cross|1917|Louis J. Gasnier, William Parke|Mystery|15
The Fatal Ring|1917|George B. Seitz|Adventure|20
The Seven Pearls|1917|Louis J. Gasnier, Donald MacKenzie|Adventure|15
The House of Hate|1918|George B. Seitz|Mystery|20
Tih Minh|1918|Louis Feuillade|Crime|12
The Master Mystery|1918|Harry Grossman, Burton L. King|Mystery|15
The Lightning Raider|1919|George B. Seitz|Crime|15
The Tiger's Trail|1919|Robert Ellis, Louis J. Gasnier, Paul Hurst|Western|15
Barrabas|1919|Louis Feuillade|Crime|12
The Hope Diamond Mystery|1921|Stuart Paton|Mystery|15
The Adventures of Tarzan|1921|Robert F. Hill|Adventure|15
Plunder|1923|George B. Seitz|Adventure|15
The Green Archer|1925|Spencer Gordon Bennet|Mystery|10
"""
