"""The films of the demo: titles, years and directors of works that are in the public domain, one a line.

Films published before 1930, and films of the United States government. Columns: title, year, director, category, and
for some a sentence of our own about it.
"""

from typing import Final

FILMS: Final = """
Roundhay Garden Scene|1888|Louis Le Prince|Shorts|Two seconds in a garden, among the oldest moving pictures there are.
Workers Leaving the Lumière Factory|1895|Louis Lumière|Shorts|The working day ends, and the camera watches the gate.
L'Arroseur arrosé|1895|Louis Lumière|Shorts|A gardener, a hose, and a boy who steps on it.
The Execution of Mary Stuart|1895|Alfred Clark|Shorts
The Arrival of a Train at La Ciotat Station|1896|Auguste and Louis Lumière|Shorts
Le Manoir du diable|1896|Georges Méliès|Shorts
The Kiss|1896|William Heise|Shorts
The Cabbage Fairy|1900|Alice Guy|Shorts
The Astronomer's Dream|1898|Georges Méliès|Shorts
Santa Claus|1898|George Albert Smith|Shorts
Cinderella|1899|Georges Méliès|Shorts
The One-Man Band|1900|Georges Méliès|Shorts
As Seen Through a Telescope|1900|George Albert Smith|Shorts
Stop Thief!|1901|James Williamson|Shorts
The Big Swallow|1901|James Williamson|Shorts
Scrooge, or, Marley's Ghost|1901|Walter R. Booth|Shorts
A Trip to the Moon|1902|Georges Méliès|Science Fiction|Astronomers fly to the moon in a shell and are not welcome there.
Fire!|1901|James Williamson|Shorts
The Life of an American Fireman|1903|Edwin S. Porter|Shorts
The Great Train Robbery|1903|Edwin S. Porter|Western|Bandits stop a train; a posse follows; one of them shoots at you.
Alice in Wonderland|1903|Cecil Hepworth, Percy Stow|Fantasy
The Kingdom of the Fairies|1903|Georges Méliès|Fantasy
The Infernal Cauldron|1903|Georges Méliès|Shorts
The Impossible Voyage|1904|Georges Méliès|Science Fiction
Rescued by Rover|1905|Lewin Fitzhamon|Shorts|A dog finds what the grown-ups have lost.
The Black Imp|1905|Georges Méliès|Shorts
The Story of the Kelly Gang|1906|Charles Tait|Drama
Humorous Phases of Funny Faces|1906|J. Stuart Blackton|Animation
The '?' Motorist|1906|Walter R. Booth|Shorts
Dream of a Rarebit Fiend|1906|Edwin S. Porter|Fantasy
A Trip Down Market Street|1906|Miles Brothers|Documentary|A ride on a cable car, days before the city burns.
The Red Spectre|1907|Segundo de Chomón|Shorts
20,000 Leagues Under the Sea|1907|Georges Méliès|Science Fiction
Fantasmagorie|1908|Émile Cohl|Animation|Seven hundred drawings that turn into one another.
Excursion to the Moon|1908|Segundo de Chomón|Science Fiction
The Electric Hotel|1908|Segundo de Chomón|Shorts
The Adventures of Dollie|1908|D. W. Griffith|Drama
A Corner in Wheat|1909|D. W. Griffith|Drama
Princess Nicotine; or, The Smoke Fairy|1909|J. Stuart Blackton|Fantasy
The Lonely Villa|1909|D. W. Griffith|Drama
Frankenstein|1910|J. Searle Dawley|Horror|A student makes a man in a cauldron, and the mirror has the last word.
The Wonderful Wizard of Oz|1910|Otis Turner|Fantasy
The Unchanging Sea|1910|D. W. Griffith|Drama
In Old California|1910|D. W. Griffith|Western
The Abyss|1910|Urban Gad|Drama
L'Inferno|1911|Francesco Bertolini, Adolfo Padovan, Giuseppe de Liguoro|Fantasy
Winsor McCay, the Famous Cartoonist|1911|Winsor McCay|Animation
The Lonedale Operator|1911|D. W. Griffith|Drama
Enoch Arden|1911|D. W. Griffith|Drama
The Cameraman's Revenge|1912|Władysław Starewicz|Animation|Beetles, a grasshopper, and a film that should not have been shown.
The Musketeers of Pig Alley|1912|D. W. Griffith|Crime
The Conquest of the Pole|1912|Georges Méliès|Science Fiction
An Unseen Enemy|1912|D. W. Griffith|Drama
Falling Leaves|1912|Alice Guy|Drama
From the Manger to the Cross|1912|Sidney Olcott|Drama
Richard III|1912|André Calmettes, James Keane|Drama
The Student of Prague|1913|Stellan Rye, Paul Wegener|Horror
Suspense|1913|Lois Weber, Phillips Smalley|Thriller
Traffic in Souls|1913|George Loane Tucker|Crime
The Last Days of Pompeii|1913|Mario Caserini, Eleuterio Rodolfi|Drama
Ingeborg Holm|1913|Victor Sjöström|Drama
Twilight of a Woman's Soul|1913|Yevgeni Bauer|Drama
Quo Vadis|1913|Enrico Guazzoni|Drama
Atlantis|1913|August Blom|Drama
The Bangville Police|1913|Henry Lehrman|Comedy
Gertie the Dinosaur|1914|Winsor McCay|Animation|She eats a tree, drinks a lake, and does as she is told, mostly.
Cabiria|1914|Giovanni Pastrone|Drama
The Squaw Man|1914|Cecil B. DeMille, Oscar Apfel|Western
Making a Living|1914|Henry Lehrman|Comedy
Kid Auto Races at Venice|1914|Henry Lehrman|Comedy
Tillie's Punctured Romance|1914|Mack Sennett|Comedy
The Patchwork Girl of Oz|1914|J. Farrell MacDonald|Fantasy
The Avenging Conscience|1914|D. W. Griffith|Horror
In the Land of the Head Hunters|1914|Edward S. Curtis|Documentary
Assunta Spina|1915|Gustavo Serena, Francesca Bertini|Drama
The Cheat|1915|Cecil B. DeMille|Drama
The Tramp|1915|Charlie Chaplin|Comedy
The Champion|1915|Charlie Chaplin|Comedy
The Bank|1915|Charlie Chaplin|Comedy
A Night in the Show|1915|Charlie Chaplin|Comedy
Regeneration|1915|Raoul Walsh|Crime
Hypocrites|1915|Lois Weber|Drama
After Death|1915|Yevgeni Bauer|Drama
A Fool There Was|1915|Frank Powell|Drama
Alice in Wonderland|1915|W. W. Young|Fantasy
Intolerance|1916|D. W. Griffith|Drama
20,000 Leagues Under the Sea|1916|Stuart Paton|Science Fiction
The Pawnshop|1916|Charlie Chaplin|Comedy
The Rink|1916|Charlie Chaplin|Comedy
The Vagabond|1916|Charlie Chaplin|Comedy
One A.M.|1916|Charlie Chaplin|Comedy
The Floorwalker|1916|Charlie Chaplin|Comedy
Where Are My Children?|1916|Lois Weber|Drama
Hell's Hinges|1916|Charles Swickard|Western
The Battle of the Somme|1916|Geoffrey Malins, John McDowell|Documentary
Sherlock Holmes|1916|Arthur Berthelet|Crime
The Immigrant|1917|Charlie Chaplin|Comedy|A crossing, a coin that is lost, and dinner for two.
Easy Street|1917|Charlie Chaplin|Comedy
The Cure|1917|Charlie Chaplin|Comedy
The Adventurer|1917|Charlie Chaplin|Comedy
The Butcher Boy|1917|Roscoe Arbuckle|Comedy
Coney Island|1917|Roscoe Arbuckle|Comedy
A Man There Was|1917|Victor Sjöström|Drama
The Poor Little Rich Girl|1917|Maurice Tourneur|Drama
Straight Shooting|1917|John Ford|Western
The Dying Swan|1917|Yevgeni Bauer|Drama
A Dog's Life|1918|Charlie Chaplin|Comedy
Shoulder Arms|1918|Charlie Chaplin|Comedy
The Outlaw and His Wife|1918|Victor Sjöström|Drama
Tarzan of the Apes|1918|Scott Sidney|Adventure
The Bell Boy|1918|Roscoe Arbuckle|Comedy
The Cook|1918|Roscoe Arbuckle|Comedy
Stella Maris|1918|Marshall Neilan|Drama
The Sinking of the Lusitania|1918|Winsor McCay|Animation
The Ghost of Slumber Mountain|1918|Willis O'Brien|Fantasy
The Eyes of the Mummy|1918|Ernst Lubitsch|Horror
The Blue Bird|1918|Maurice Tourneur|Fantasy
Broken Blossoms|1919|D. W. Griffith|Drama
Male and Female|1919|Cecil B. DeMille|Adventure
J'accuse|1919|Abel Gance|Drama
Sir Arne's Treasure|1919|Mauritz Stiller|Drama
The Oyster Princess|1919|Ernst Lubitsch|Comedy
The Doll|1919|Ernst Lubitsch|Comedy
Different from the Others|1919|Richard Oswald|Drama
Daddy-Long-Legs|1919|Marshall Neilan|Comedy
Back Stage|1919|Roscoe Arbuckle|Comedy
Feline Follies|1919|Otto Messmer|Animation
Within Our Gates|1920|Oscar Micheaux|Drama
The Cabinet of Dr. Caligari|1920|Robert Wiene|Horror|A fair, a sleepwalker, and streets that lean the wrong way.
The Golem: How He Came into the World|1920|Paul Wegener, Carl Boese|Horror
Dr. Jekyll and Mr. Hyde|1920|John S. Robertson|Horror
The Mark of Zorro|1920|Fred Niblo|Adventure
One Week|1920|Buster Keaton, Edward F. Cline|Comedy|A house comes in boxes, and somebody has changed the numbers.
The Scarecrow|1920|Buster Keaton, Edward F. Cline|Comedy
Neighbors|1920|Buster Keaton, Edward F. Cline|Comedy
Convict 13|1920|Buster Keaton, Edward F. Cline|Comedy
The Last of the Mohicans|1920|Maurice Tourneur, Clarence Brown|Adventure
Way Down East|1920|D. W. Griffith|Drama
Pollyanna|1920|Paul Powell|Drama
The Penalty|1920|Wallace Worsley|Crime
Genuine|1920|Robert Wiene|Horror
Why Change Your Wife?|1920|Cecil B. DeMille|Comedy
Erotikon|1920|Mauritz Stiller|Comedy
Number, Please?|1920|Hal Roach, Fred C. Newmeyer|Comedy
The Phantom Carriage|1921|Victor Sjöström|Horror|Who dies last in the year must drive the cart for the next.
The Kid|1921|Charlie Chaplin|Comedy
The Idle Class|1921|Charlie Chaplin|Comedy
The Four Horsemen of the Apocalypse|1921|Rex Ingram|Drama
The Sheik|1921|George Melford|Adventure
The Three Musketeers|1921|Fred Niblo|Adventure
Destiny|1921|Fritz Lang|Fantasy
The Haunted Castle|1921|F. W. Murnau|Thriller
The Goat|1921|Buster Keaton, Malcolm St. Clair|Comedy
The Play House|1921|Buster Keaton, Edward F. Cline|Comedy
The Boat|1921|Buster Keaton, Edward F. Cline|Comedy
Never Weaken|1921|Fred C. Newmeyer|Comedy
Orphans of the Storm|1921|D. W. Griffith|Drama
Tol'able David|1921|Henry King|Drama
Little Lord Fauntleroy|1921|Alfred E. Green, Jack Pickford|Drama
The Ace of Hearts|1921|Wallace Worsley|Crime
Manhatta|1921|Charles Sheeler, Paul Strand|Documentary
Nosferatu|1922|F. W. Murnau|Horror|A house agent travels east with papers for a count.
Häxan|1922|Benjamin Christensen|Horror
Dr. Mabuse the Gambler|1922|Fritz Lang|Crime
Nanook of the North|1922|Robert J. Flaherty|Documentary
Foolish Wives|1922|Erich von Stroheim|Drama
Robin Hood|1922|Allan Dwan|Adventure
Cops|1922|Buster Keaton, Edward F. Cline|Comedy
The Electric House|1922|Buster Keaton, Edward F. Cline|Comedy
Grandma's Boy|1922|Fred C. Newmeyer|Comedy
The Toll of the Sea|1922|Chester M. Franklin|Drama
Blood and Sand|1922|Fred Niblo|Drama
Oliver Twist|1922|Frank Lloyd|Drama
Phantom|1922|F. W. Murnau|Drama
La Roue|1923|Abel Gance|Drama
Safety Last!|1923|Fred C. Newmeyer, Sam Taylor|Comedy|A shop clerk, a tall building, and a clock.
Our Hospitality|1923|Buster Keaton, John G. Blystone|Comedy
Three Ages|1923|Buster Keaton, Edward F. Cline|Comedy
The Hunchback of Notre Dame|1923|Wallace Worsley|Horror
The Ten Commandments|1923|Cecil B. DeMille|Drama
A Woman of Paris|1923|Charlie Chaplin|Drama
The Covered Wagon|1923|James Cruze|Western
Warning Shadows|1923|Arthur Robison|Thriller
The Smiling Madame Beudet|1923|Germaine Dulac|Drama
Salomé|1923|Charles Bryant|Drama
Scaramouche|1923|Rex Ingram|Adventure
Die Nibelungen: Siegfried|1924|Fritz Lang|Fantasy
Die Nibelungen: Kriemhild's Revenge|1924|Fritz Lang|Fantasy
The Last Laugh|1924|F. W. Murnau|Drama|A hotel porter loses his coat, and with it who he was.
Sherlock Jr.|1924|Buster Keaton|Comedy|A projectionist falls asleep and walks into the film.
The Navigator|1924|Buster Keaton, Donald Crisp|Comedy
Greed|1924|Erich von Stroheim|Drama
The Thief of Bagdad|1924|Raoul Walsh|Fantasy
Aelita: Queen of Mars|1924|Yakov Protazanov|Science Fiction
Girl Shy|1924|Fred C. Newmeyer, Sam Taylor|Comedy
He Who Gets Slapped|1924|Victor Sjöström|Drama
Strike|1925|Sergei Eisenstein|Drama
Battleship Potemkin|1925|Sergei Eisenstein|Drama|Sailors refuse the soup, and a city comes to the harbour.
The Gold Rush|1925|Charlie Chaplin|Comedy
The Phantom of the Opera|1925|Rupert Julian|Horror
The Lost World|1925|Harry O. Hoyt|Science Fiction
The Big Parade|1925|King Vidor|Drama
Seven Chances|1925|Buster Keaton|Comedy
The Freshman|1925|Fred C. Newmeyer, Sam Taylor|Comedy
Master of the House|1925|Carl Theodor Dreyer|Comedy
Body and Soul|1925|Oscar Micheaux|Drama
The Eagle|1925|Clarence Brown|Adventure
The General|1926|Buster Keaton, Clyde Bruckman|Comedy|An engine driver has two loves, and both are carried off.
The Adventures of Prince Achmed|1926|Lotte Reiniger|Animation|Scissors, black card, and the Thousand and One Nights.
Faust|1926|F. W. Murnau|Fantasy
A Page of Madness|1926|Teinosuke Kinugasa|Drama
The Black Pirate|1926|Albert Parker|Adventure
The Scarlet Letter|1926|Victor Sjöström|Drama
Mother|1926|Vsevolod Pudovkin|Drama
Metropolis|1927|Fritz Lang|Science Fiction|A city of two storeys, and a machine with a woman's face.
Sunrise: A Song of Two Humans|1927|F. W. Murnau|Drama
Wings|1927|William A. Wellman|Drama
Napoléon|1927|Abel Gance|Drama
The Lodger: A Story of the London Fog|1927|Alfred Hitchcock|Thriller
The Cat and the Canary|1927|Paul Leni|Horror
Berlin: Symphony of a Metropolis|1927|Walter Ruttmann|Documentary
7th Heaven|1927|Frank Borzage|Drama
It|1927|Clarence G. Badger|Comedy
The Passion of Joan of Arc|1928|Carl Theodor Dreyer|Drama
The Crowd|1928|King Vidor|Drama
Steamboat Bill, Jr.|1928|Charles Reisner|Comedy
The Cameraman|1928|Edward Sedgwick|Comedy
The Circus|1928|Charlie Chaplin|Comedy
Storm over Asia|1928|Vsevolod Pudovkin|Drama
Man with a Movie Camera|1929|Dziga Vertov|Documentary|A day in a city, and the making of the film of that day.
Pandora's Box|1929|G. W. Pabst|Drama
Un Chien Andalou|1929|Luis Buñuel|Shorts
Blackmail|1929|Alfred Hitchcock|Thriller
Freedom 7|1961|NASA|Space
Friendship 7|1962|NASA|Space|One man, three times around the earth.
The Four Days of Gemini 4|1965|NASA|Space
The Flight of Apollo 7|1968|NASA|Space
Debrief: Apollo 8|1969|NASA|Space
Apollo 9: The Space Duet of Spider and Gumdrop|1969|NASA|Space
Eagle Has Landed: The Flight of Apollo 11|1969|NASA|Space|To the moon and back, told by those who sent them.
Apollo 12: Pinpoint for Science|1969|NASA|Space
Apollo 13: Houston, We've Got a Problem|1970|NASA|Space
Apollo 14: Mission to Fra Mauro|1971|NASA|Space
Apollo 15: In the Mountains of the Moon|1971|NASA|Space
Apollo 16: Nothing So Hidden|1972|NASA|Space
Apollo 17: On the Shoulders of Giants|1973|NASA|Space
"""
